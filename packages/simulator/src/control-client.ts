/** The control API of a simulator that runs in another process, as the commands call it. */

export interface ControlClient {
  get<Answer>(path: string): Promise<Answer>
  post<Answer>(path: string, body: object): Promise<Answer>
  /** The answer as it comes, for what is not JSON. */
  open(path: string, init?: RequestInit): Promise<Response>
}

/** `url` is the simulator's HTTP address. Every call rejects with an `Error` for a person, in the simulator's own words. */
export function createControlClient(url: string): ControlClient {
  async function open(path: string, init: RequestInit = {}): Promise<Response> {
    const response = await fetch(`${url}/_simulator/${path}`, init).catch((cause: unknown) => {
      throw new Error(`${url} 没有模拟器在运行 / no simulator runs there`, { cause })
    })
    if (!response.ok) throw new Error(refusal(await response.text()))
    return response
  }
  return {
    open,
    get: async <Answer>(path: string) => (await (await open(path)).json()) as Answer,
    async post<Answer>(path: string, body: object) {
      const headers = { 'content-type': 'application/json' }
      return (await (
        await open(path, { method: 'POST', headers, body: JSON.stringify(body) })
      ).json()) as Answer
    },
  }
}

function refusal(text: string): string {
  try {
    const { error } = JSON.parse(text) as { error?: { message?: string } }
    return error?.message ?? text
  } catch {
    return text
  }
}
