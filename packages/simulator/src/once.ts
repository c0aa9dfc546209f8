/** Values that take long to make and never change: keys and certificates. */

type Make<Argument, Value> = (argument: Argument) => Value

/** Makes each value once per argument (compared as JSON), as long as the process lives. */
export function once<Argument, Value>(make: Make<Argument, Value>): Make<Argument, Value> {
  const made = new Map<string, Value>()
  return (argument) => {
    const name = JSON.stringify(argument)
    const value = made.get(name) ?? make(argument)
    made.set(name, value)
    return value
  }
}
