import type { Json, JsonObject } from '@blacksmith/config'

/** Names that a dict's own methods have, or that Python keeps: `section.items` would not be the parameter. */
const taken = new Set(
  `clear copy fromkeys get items keys pop popitem setdefault update values
  False None True and as assert async await break class continue def del elif else except finally for from global if
  import in is lambda nonlocal not or pass raise return try while with yield`.split(/\s+/),
)

/** Python classes, each a dict whose keys are attributes too, out of the objects of a JSON Schema. */
export class PythonClasses {
  private readonly texts = new Map<string, string>()
  private readonly names = new Map<JsonObject, string>()

  /** @param root where `$ref`s are looked up */
  constructor(private readonly root: JsonObject) {}

  /** Adds a class, and those of the objects inside of it. All `properties` are there at run time. */
  add(name: string, docstring: string, properties: JsonObject, base = 'dict[str, Any]'): void {
    this.write(name, { properties, required: Object.keys(properties), description: docstring }, base, '')
  }

  /** All of them; a later one may be named by an earlier one, as a stub allows. */
  text(): string {
    return [...this.texts.values()].join('\n')
  }

  private write(name: string, schema: JsonObject, base: string, prefix: string): void {
    this.texts.set(name, '') // its place, before those inside of it
    const required = (schema.required ?? []) as string[]
    const lines = Object.entries(schema.properties as { [key: string]: JsonObject }).flatMap(
      ([key, value]) => {
        if (!/^[A-Za-z_]\w*$/.test(key) || taken.has(key))
          return [`# ${JSON.stringify(key)} is no attribute: write [${JSON.stringify(key)}]`]
        if (!required.includes(key)) return [`# ${key} may be missing: write .get("${key}")`]
        return [`${key}: ${this.type(value, prefix + capitalised(key))}`, ...quoted(meaning(value))]
      },
    )
    const body = [...quoted(String(schema.description ?? '')), ...lines]
    const indented = (body.length > 0 ? body : ['...']).map((line) => `    ${line}\n`).join('')
    this.texts.set(name, `class ${name}(${base}):\n${indented}`)
  }

  /** @param name what a class for it would be called */
  private type(schema: JsonObject, name: string): string {
    if (typeof schema.$ref === 'string') return this.type(this.referred(schema.$ref), name)
    const choices = 'const' in schema ? [schema.const as Json] : (schema.enum as Json[] | undefined)
    if (choices) return union(choices.map(literalType))
    const options = (schema.anyOf ?? schema.oneOf) as JsonObject[] | undefined
    if (options) return union(options.map((option) => this.type(option, name)))
    if (Array.isArray(schema.type))
      return union(schema.type.map((type) => this.type({ ...schema, type }, name)))
    switch (schema.type) {
      case 'integer':
        return 'int'
      case 'number':
        return 'float'
      case 'string':
        return 'str'
      case 'boolean':
        return 'bool'
      case 'null':
        return 'None'
      case 'array': {
        const items = [schema.items ?? {}].flat() as JsonObject[]
        return `list[${union(items.map((item) => this.type(item, name)))}]`
      }
      case 'object':
        return this.object(schema, name)
      default:
        return 'Any'
    }
  }

  private object(schema: JsonObject, name: string): string {
    if (schema.properties === undefined) {
      const values = schema.additionalProperties
      return `dict[str, ${typeof values === 'object' ? this.type(values as JsonObject, name) : 'Any'}]`
    }
    const known = this.names.get(schema)
    if (known !== undefined) return known
    let free = name
    while (this.texts.has(free)) free += '_'
    this.names.set(schema, free)
    this.write(free, schema, 'dict[str, Any]', free)
    return free
  }

  private referred(reference: string): JsonObject {
    const steps = reference.split('/').slice(1)
    return steps.reduce<JsonObject>((at, step) => at[step] as JsonObject, this.root)
  }
}

/** `target_modules` → `TargetModules`. */
function capitalised(key: string): string {
  return key.replace(/(?:^|_)([a-z\d])/g, (_, letter: string) => letter.toUpperCase())
}

function meaning(schema: JsonObject): string {
  const fallback = 'default' in schema ? `Default: ${pythonLiteral(schema.default as Json)}.` : ''
  const text = String(schema.description ?? '').replace(/\s+/g, ' ')
  return [text.replace(/[^.?!]$/, '$&.'), fallback].filter((part) => part !== '').join(' ')
}

/** A docstring, where there is something to say. */
function quoted(text: string): string[] {
  return text === '' ? [] : [`"""${text.replace(/[\\"]/g, '\\$&').replaceAll('\n', '\\n')}"""`]
}

function literalType(value: Json): string {
  if (typeof value === 'number' && !Number.isInteger(value)) return 'float'
  return value === null ? 'None' : `Literal[${pythonLiteral(value)}]`
}

function union(types: string[]): string {
  const literals = types.flatMap((type) => type.match(/^Literal\[(.*)\]$/s)?.[1] ?? [])
  const others = types.filter((type) => !type.startsWith('Literal['))
  const together = literals.length > 0 ? [`Literal[${[...new Set(literals)].join(', ')}]`] : []
  return [...together, ...new Set(others)].join(' | ') || 'Any'
}

function pythonLiteral(value: Json): string {
  if (value === null) return 'None'
  if (typeof value === 'boolean') return value ? 'True' : 'False'
  if (Array.isArray(value)) return `[${value.map(pythonLiteral).join(', ')}]`
  if (typeof value !== 'object') return JSON.stringify(value)
  const items = Object.entries(value).map(([key, item]) => `${JSON.stringify(key)}: ${pythonLiteral(item)}`)
  return `{${items.join(', ')}}`
}
