/**
 * What a request names. Columns of a database are null where they are empty, and programs without types may hand over nothing: neither
 * names anything.
 */
export function names<Request, Name extends string>(
  request: Request,
  name: Name,
): request is Extract<Request, Record<Name, unknown>> {
  if (typeof request !== 'object' || request === null) return false
  return (new Map<string, unknown>(Object.entries(request)).get(name) ?? undefined) !== undefined
}
