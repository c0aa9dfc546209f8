/**
 * `WeixinJSBridge` as a page sees it, whoever answers on the other side: numbered calls out, answers and events in.
 */

export type Callback = (result: Record<string, unknown>) => void

/** What comes back from the native side. */
export interface Answer {
  simulator: 'answer' | 'event'
  id?: number
  event?: string
  result: Record<string, unknown>
}

export interface BridgeCalls {
  /** The object that the page finds. */
  bridge: object
  hear(answer: Answer): void
}

export function createBridgeCalls(tell: (message: object) => void): BridgeCalls {
  const waiting = new Map<number, Callback>()
  const listeners = new Map<string, Callback[]>()
  // Numbers of one page are never those of the next, whose answers would else be mixed up.
  let count = Math.floor(Math.random() * 2 ** 40)

  const invoke = (method: string, parameters?: object, callback?: Callback): void => {
    count += 1
    if (callback !== undefined) waiting.set(count, callback)
    // As with the native bridge, parameters travel as JSON: undefined members vanish.
    const sent: unknown = JSON.parse(JSON.stringify(parameters ?? {}))
    tell({ simulator: 'invoke', id: count, method, parameters: sent })
  }
  /** A share that the page does not care for is one of its title and address. */
  const emit = (event: string, result: Record<string, unknown>): void => {
    const listening = listeners.get(event) ?? []
    for (const listener of listening) listener(result)
    if (event === 'menu:share:appmessage' && listening.length === 0)
      invoke('sendAppMessage', { title: document.title, link: location.href, desc: location.href })
  }
  return {
    hear({ simulator, id, event, result }) {
      if (simulator === 'answer' && id !== undefined) {
        waiting.get(id)?.(result)
        waiting.delete(id)
      }
      if (simulator === 'event' && event !== undefined) emit(event, result)
    },
    bridge: {
      invoke,
      on(event: string, callback: Callback): void {
        listeners.set(event, [...(listeners.get(event) ?? []), callback])
      },
      /** The old form without an answer. */
      call: (method: string): void => invoke(method),
    },
  }
}

/** The address of the last real load: what iOS compares signatures with, whatever the page's router did since. */
export function landing(): string {
  const [navigation] = performance.getEntriesByType('navigation')
  return navigation?.name ?? location.href
}
