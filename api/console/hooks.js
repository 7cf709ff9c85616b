// What components share: asking again while something moves, and one action at a time.

import { useCallback, useEffect, useRef, useState } from "./vendor/preact-htm.js";

// Calls `load` at once and again after `pause(found)` milliseconds each time; null ends it. A hidden page rests.
export function usePolled(load, pause, inputs) {
  const [state, setState] = useState({ found: null, error: null });
  const again = useRef(() => {});
  useEffect(() => {
    let timer = null;
    let current = true;
    const ask = async () => {
      clearTimeout(timer);
      let wait = 5000;
      try {
        const found = document.hidden ? undefined : await load();
        if (!current) return;
        if (found !== undefined) {
          setState({ found, error: null });
          wait = pause(found);
        }
      } catch (error) {
        if (!current) return;
        setState((before) => ({ ...before, error }));
      }
      if (wait != null) timer = setTimeout(ask, wait);
    };
    again.current = ask;
    ask();
    return () => {
      current = false;
      clearTimeout(timer);
    };
  }, inputs);
  return [state.found, state.error, useCallback(() => again.current(), [])];
}

// An action with its state: null, "busy" or the error that it ended with.
export function useAction(act) {
  const [state, setState] = useState(null);
  const run = async (...given) => {
    setState("busy");
    try {
      await act(...given);
      setState(null);
    } catch (error) {
      setState(error);
    }
  };
  return [run, state === "busy", state === "busy" ? null : state];
}
