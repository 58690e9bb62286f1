/** In ms; bounds each wait for what a run does, so that one that never comes is named before its test is over. */
export const longestWait = 500_000
