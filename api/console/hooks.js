// Hooks that several components use: polling, and running one action at a time.

import { useCallback, useEffect, useRef, useState } from "./vendor/preact-htm.js";

const RETRY_MS = 5000;

// Calls `load` now and then repeatedly, `interval(result)` milliseconds after each result; null stops polling.
// Nothing is loaded while the page is hidden. Returns the last result, the last error and a function that loads now.
export function usePolled(load, interval, inputs) {
  const [state, setState] = useState({ result: null, error: null });
  const loadNow = useRef(() => {});
  useEffect(() => {
    let timer = null;
    let isCurrent = true;
    const poll = async () => {
      clearTimeout(timer);
      let wait = RETRY_MS;
      try {
        const result = document.hidden ? undefined : await load();
        if (!isCurrent) return;
        if (result !== undefined) {
          setState({ result, error: null });
          wait = interval(result);
        }
      } catch (error) {
        if (!isCurrent) return;
        setState((before) => ({ ...before, error }));
      }
      if (wait != null) timer = setTimeout(poll, wait);
    };
    loadNow.current = poll;
    poll();
    return () => {
      isCurrent = false;
      clearTimeout(timer);
    };
  }, inputs);
  return [state.result, state.error, useCallback(() => loadNow.current(), [])];
}

// Returns a function that runs the asynchronous `action`, whether it is running, and the error that it ended with.
export function useAction(action) {
  const [state, setState] = useState(null);
  const run = async (...values) => {
    setState("busy");
    try {
      await action(...values);
      setState(null);
    } catch (error) {
      setState(error);
    }
  };
  return [run, state === "busy", state === "busy" ? null : state];
}
