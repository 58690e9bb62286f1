/** Writes its checkpoint when it is asked to stop, with a worker that would outlive it. */
export const obedient = `
  trap 'echo checkpoint; kill $!; exit 75' TERM
  setsid sleep 100 &
  sleep 100 &
  echo ready
  wait $!
`

export const unresponsive = `trap '' TERM; echo ready; while :; do sleep 1; done`

/** Has workers in every shape: in a session of their own, unresponsive, orphaned. */
export const withWorkers = `
  setsid sh -c 'trap "" TERM; sleep 100; sleep 100' &
  (sh -c 'nohup sleep 100 >/dev/null 2>&1 &' &)
  sleep 100 &
  echo ready
  wait
`
