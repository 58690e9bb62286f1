/** The kinds of JSON value that a structure can take; `any` stands for all of them. */
export type Kind = 'null' | 'boolean' | 'number' | 'string' | 'list' | 'mapping' | 'any'
