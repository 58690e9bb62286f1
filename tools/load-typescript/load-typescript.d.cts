/** What loads our TypeScript; programs call it from a .cjs file. */
declare function loadTypeScript(filename: string): (entry: string) => unknown

declare namespace loadTypeScript {
  /**
   * The digest of a TypeScript file of an experiment with all that it imports, as it is loaded.
   *
   * @param file absolute path
   * @returns SHA-256 in hex
   * @throws Error in the compiler's words
   */
  function digestOfTypeScript(file: string): string
}

export = loadTypeScript
