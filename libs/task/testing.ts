/** A tiny workspace, for tests of what stands above; import it as `@blacksmith/task/testing`. */
export { TinyWorkspace } from './src/testing/tiny-workspace'
