/** Keys, secrets and tokens as values that cannot be printed by accident. */

const PLACEHOLDER = '[secret]'
/** How Node's `console` and `util.inspect` ask a value for its looks. */
const INSPECT = Symbol.for('nodejs.util.inspect.custom')

/** Holds a text that prints as `[secret]` in templates, JSON and `console`; `reveal()` is the only way to it. */
export class Secret {
  readonly #value: string

  constructor(value: string) {
    this.#value = value
    Object.defineProperty(this, INSPECT, { value: () => PLACEHOLDER })
  }

  reveal(): string {
    return this.#value
  }

  toString(): string {
    return PLACEHOLDER
  }

  toJSON(): string {
    return PLACEHOLDER
  }
}

/** Either form as a `Secret`; options accept both. */
export function secretOf(value: string | Secret): Secret {
  return typeof value === 'string' ? new Secret(value) : value
}
