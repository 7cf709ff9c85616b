"""Train a motion that the base model does not know, generate it with new subjects, and measure the videos.

The demo starts the whole service on this machine and uses its real API. It writes everything to `.demo/`. A demo that
was killed continues at its next start.
"""

import argparse
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console

from choreo import Choreo, ChoreoError, JobUnsuccessful
from deploy.demo import picture, reference_clips, report
from deploy.demo.comparison import TOTAL_SECONDS, Comparison
from deploy.demo.progress import OverallProgress
from deploy.demo.report import ArmResult, Outcome
from deploy.demo.saved_run import SavedRun, continue_or_begin
from deploy.demo.webhook_receiver import WebhookReceiver
from deploy.embedded.process import StartFailed, embedded_service

FOLDER = Path(".demo")
SERVICE = FOLDER / "service"
START_SECONDS = 4.0
WEBHOOK_SECONDS = 60.0
INTRODUCTION = """
Choreo demo: train one motion from three short clips in two ways, then generate it with three new subjects.
"""
EXPLANATION = """
  text alignment   share of colour, shape and background that are as the prompt says
  leakage          share of them that are the reference clips' instead
  motion fidelity  agreement of the subject's path with the reference clips' (1.00: the same motion)
"""


def main() -> int:
    """Run the demo. Returns the exit status."""
    arguments = _parse()
    begun = time.monotonic()
    run = continue_or_begin(FOLDER / "run.json")
    print(INTRODUCTION)
    try:
        outcome = _run(run, arguments, begun)
    except (StartFailed, ChoreoError) as error:
        if isinstance(error, JobUnsuccessful):
            run.end()
        print(f"\nThe demo stopped: {error}\nThe service's log is {SERVICE / 'service.log'}.", file=sys.stderr)
        return 1
    run.end()
    _print(outcome)
    return 0


def _parse() -> Sequence[str]:
    parser = argparse.ArgumentParser(
        prog="python -m deploy.demo", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--base", metavar="ID=DIR", help="another base model than the bundled one")
    base = parser.parse_args().base
    return ("--base", base) if base else ()


def _run(run: SavedRun, arguments: Sequence[str], begun: float) -> Outcome:
    with OverallProgress(Console(), START_SECONDS + TOTAL_SECONDS) as progress:
        progress.begin("starting the service", START_SECONDS)
        with (
            embedded_service(SERVICE, *arguments) as access,
            WebhookReceiver(access.webhook_secret, port=run.port, log=FOLDER / "webhooks.jsonl") as receiver,
            Choreo(access.base_url, access.api_key) as choreo,
        ):
            arms = Comparison(choreo, run, progress, videos=FOLDER / "videos", webhook_url=receiver.url)()
            webhook_id = _await_webhook(choreo, receiver, arms)
    references = [reference_clips.read(file) for file in reference_clips.files()]
    outcome = Outcome(
        arms=arms,
        reference_fidelity=report.fidelity_of_references(references),
        webhook_id=webhook_id,
        picture=picture.write_animation(FOLDER / "demo.webp", references[0], arms),
        contact_sheet=picture.write_contact_sheet(FOLDER / "contact-sheet.png", references[0], arms),
        seconds=time.monotonic() - begun,
    )
    report.save(FOLDER / "report.json", outcome)
    return outcome


def _await_webhook(choreo: Choreo, receiver: WebhookReceiver, arms: Sequence[ArmResult]) -> str | None:
    """The id of the webhook about the end of the first training, None if none with a valid signature arrives.

    A message that could not be delivered while the demo was not running would be sent again minutes later.
    """
    training = next(arm.training for arm in arms if arm.training)
    for delivery in choreo.webhook_endpoints.deliveries(job=training.id, state="pending"):
        choreo.webhook_endpoints.redeliver(delivery.id)
    delivery = receiver.wait_for_job(training.id, "training.succeeded", WEBHOOK_SECONDS)
    return delivery.webhook_id if delivery else None


def _print(outcome: Outcome) -> None:
    print("\n" + report.table(outcome) + "\n" + EXPLANATION)
    print(report.explanation(outcome) + "\n")
    webhook = f"{outcome.webhook_id}, signature verified" if outcome.webhook_id else "none arrived"
    for name, value in (
        ("animation", outcome.picture),
        ("contact sheet", outcome.contact_sheet),
        ("videos", FOLDER / "videos"),
        ("scores", FOLDER / "report.json"),
        ("webhook", webhook),
    ):
        print(f"  {name:<15}{value}")
    print(f"\n  {outcome.seconds:.0f} seconds since this start")


if __name__ == "__main__":
    sys.exit(main())
