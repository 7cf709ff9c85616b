"""`make demo`: teach a motion that the base has never seen, and watch other subjects perform it, through the real API.

Everything that it keeps is in `.demo/`; killed at any point, the next run goes on where this one stood.
"""

import argparse
import sys
import time
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple

from deploy import report, samples, scores
from deploy.access import Access
from deploy.client import Client, JobFailed, ServiceRefused
from deploy.progress import Bar
from deploy.receiver import Receiver
from deploy.report import Method, Outcome, Video
from deploy.stack import StackFailed, running
from deploy.state import Walk, begin_or_continue
from services.motion.evaluation import contact_sheet
from services.motion.world import trajectories

FOLDER = Path(".demo")
WEBHOOK_SECONDS = 60.0


class Plan(NamedTuple):
    """One of the ways that are compared; without a preset the base performs untaught."""

    name: str
    preset: str | None
    highway: str

    @property
    def label(self) -> str:
        """A short name for progress lines and files."""
        return self.preset or "untaught"


PLANS = (
    Plan("TAP + AH", "tap-qko", "release"),
    Plan("MotionDirector, no AH", "motion-director", "off"),
    Plan("the base, untaught", None, "off"),
)
SEEDS = (11, 12, 13)


class Visit(NamedTuple):
    """What a walk carries from step to step."""

    walk: Walk
    client: Client
    receiver: Receiver
    folder: Path


def main() -> int:
    """Run the demo; the status says whether it reached its end."""
    arguments = _parse()
    begun = time.monotonic()
    walk = begin_or_continue(FOLDER / "walk.json")
    print("Choreo demo: one motion, learned from three clips of one subject, performed by three others.\n")
    try:
        with running(FOLDER / "stack", *arguments) as access:
            outcome = _walk_through(walk, access, begun)
    except (StackFailed, ServiceRefused) as error:
        print(f"\nThe demo stopped: {error}", file=sys.stderr)
        return 1
    except JobFailed as error:
        walk.end()
        print(f"\nThe demo stopped: {error}\nThe service's log is {FOLDER / 'stack' / 'service.log'}.", file=sys.stderr)
        return 1
    walk.end()
    _print(outcome)
    return 0


def _parse() -> Sequence[str]:
    parser = argparse.ArgumentParser(prog="python -m deploy.demo", description=__doc__)
    parser.add_argument("--base", metavar="ID=DIR", help="another base model than the bundled one")
    base = parser.parse_args().base
    return ("--base", base) if base else ()


def _walk_through(walk: Walk, access: Access, begun: float) -> Outcome:
    receiver = Receiver(access.webhook_secret, port=walk.port, log=FOLDER / "webhooks.jsonl")
    with Client(access.base_url, access.api_key) as client, receiver:
        print(f"  the service runs at {access.base_url}/docs\n")
        visit = Visit(walk, client, receiver, FOLDER)
        concept, clips = _teach_material(visit)
        references = [scores.read(file) for file in samples.files()]
        methods = [_carry_out(visit, plan, concept, clips, scores.paths_of(references)) for plan in PLANS]
        webhook = _await_webhook(visit, next(method.training_job for method in methods if method.training_job))
    drawn = contact_sheet.write(FOLDER / "contact-sheet.png", _sections(references[0], methods))
    outcome = Outcome(methods, _fidelity_of_references(references), webhook, drawn, time.monotonic() - begun)
    report.save(FOLDER / "report.json", outcome)
    return outcome


def _teach_material(visit: Visit) -> tuple[str, list[str]]:
    name = f"{samples.MOTION} ({visit.walk.run})"
    concept = visit.client.post("/v1/concepts", {"name": name}, key=visit.walk.key("concept"))
    clips = [visit.client.upload(file, key=visit.walk.key(file.stem)) for file in samples.files()]
    print(f"  uploaded {len(clips)} clips: {samples.REFERENCE.caption(samples.MOTION)!r}")
    return concept["id"], clips


def _carry_out(
    visit: Visit, plan: Plan, concept: str, clips: Sequence[str], reference_paths: Sequence[scores.PathF2]
) -> Method:
    training = _train(visit, plan.preset, concept, clips) if plan.preset else None
    reference = f"{concept}@{training['result']['version']}" if training else None
    jobs = [_perform(visit, plan, reference, index) for index in range(len(samples.SUBJECTS))]
    videos = [_fetch(visit, plan, index, job, reference_paths) for index, job in enumerate(jobs)]
    return Method(
        name=plan.name,
        preset=plan.preset,
        highway=plan.highway,
        concept_version=reference,
        training_job=training["id"] if training else None,
        training_seconds=_seconds_of(training) if training else None,
        generation_seconds=sum(map(_seconds_of, jobs)),
        videos=videos,
    )


def _train(visit: Visit, preset: str, concept: str, clips: Sequence[str]) -> dict[str, Any]:
    caption = samples.REFERENCE.caption(samples.MOTION)
    body = {
        "concept": concept,
        "clips": [{"clip_id": clip, "caption": caption} for clip in clips],
        "recipe": {"preset": preset, "seed": 0},
        "evaluate": False,  # the demo measures what it performs by itself, the same for every method
        "webhook_url": visit.receiver.url,
    }
    return _follow(visit, f"train {preset}", "/v1/trainings", body, visit.walk.key(f"train-{preset}"))


def _perform(visit: Visit, plan: Plan, reference: str | None, index: int) -> dict[str, Any]:
    body = {
        "prompt": samples.SUBJECTS[index].caption(samples.MOTION),
        "concept": reference,
        "seed": SEEDS[index],
        "highway": {"mode": plan.highway},
        "webhook_url": visit.receiver.url,
    }
    label = f"{plan.label}: {samples.SUBJECTS[index].colour} {samples.SUBJECTS[index].shape}"
    return _follow(visit, label, "/v1/generations", body, visit.walk.key(f"generate-{plan.label}-{index}"))


def _follow(visit: Visit, label: str, path: str, body: dict[str, Any], key: str) -> dict[str, Any]:
    bar = Bar(label)
    job = visit.client.post(path, body, key=key)
    done = visit.client.follow(job["id"], bar)
    bar.done(f"{_seconds_of(done):.0f} s")
    return done


def _fetch(
    visit: Visit, plan: Plan, index: int, job: dict[str, Any], reference_paths: Sequence[scores.PathF2]
) -> Video:
    subject = samples.SUBJECTS[index]
    name = f"{plan.label}-{index + 1}-{subject.colour}-{subject.shape}.mp4"
    file = visit.client.download(job["result"]["video"]["url"], visit.folder / "videos" / name)
    scored = scores.score(scores.read(file), subject, samples.REFERENCE, reference_paths)
    return Video(file, subject.caption(samples.MOTION), plan.preset, plan.highway, SEEDS[index], scored)


def _seconds_of(job: dict[str, Any]) -> float:
    ended, started = (datetime.fromisoformat(job[name]) for name in ("finished_at", "started_at"))
    return (ended - started).total_seconds()


def _await_webhook(visit: Visit, training_job: str) -> str | None:
    delivery = visit.receiver.wait_for_job(training_job, "training.succeeded", WEBHOOK_SECONDS)
    return delivery.webhook_id if delivery else None


def _fidelity_of_references(references: Sequence[scores.Frames]) -> float:
    """How well each reference clip moves like the others: what the best imitation could reach."""
    paths = scores.paths_of(references)
    return min(trajectories.fidelity(path, paths) for path in paths)


def _sections(reference: scores.Frames, methods: Sequence[Method]) -> list[contact_sheet.Section]:
    shown = contact_sheet.Strip(samples.REFERENCE.caption(samples.MOTION), reference)
    sections = [
        contact_sheet.Section("the reference: one of three clips, the only subject it ever saw move so", [shown])
    ]
    for method in methods:
        strips = [contact_sheet.Strip(_legend(video), scores.read(video.path)) for video in method.videos]
        sections.append(contact_sheet.Section(method.name, strips))
    return sections


def _legend(video: Video) -> str:
    found = video.scores
    numbers = f"text {found.text_alignment:.2f}  leak {found.leakage:.2f}  motion {found.motion_fidelity:.2f}"
    return f"{video.prompt}   ({numbers})"


def _print(outcome: Outcome) -> None:
    print("\n" + report.table(outcome) + "\n")
    for method in outcome.methods:
        for video in method.videos:
            print(f"  {video.path}")
    webhook = f"{outcome.webhook}, signature verified" if outcome.webhook else "none arrived"
    print(f"\n  webhook        {webhook}\n  contact sheet  {outcome.contact_sheet}")
    print(f"  report         {FOLDER / 'report.json'}\n  {outcome.seconds:.0f} seconds in all")


if __name__ == "__main__":
    sys.exit(main())
