/** The variable that tells executors when their command began. It is in no hash. */
export const beganVariable = 'BLACKSMITH_BEGAN'
