/** Keys, secrets and tokens as values that cannot be printed by accident. */

const PLACEHOLDER = '[secret]'

/** Holds a text that prints as `[secret]` (and inspects as an empty object); `reveal()` is the only way to it. */
export class Secret {
  readonly #value: string

  constructor(value: string) {
    this.#value = value
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

/** The text of either form; options accept both. */
export function revealed(value: string | Secret): string {
  return typeof value === 'string' ? value : value.reveal()
}
