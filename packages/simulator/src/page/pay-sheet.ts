/** The pay sheet and dialogs of WeChat's client, drawn over a page that stands in a browser window of its own. */

/** What the person is to see. Sums in fen. */
export interface SheetShown {
  payee: string
  body: string
  /** Coupons taken off. */
  cashFee: number
}

export interface Overlay {
  showDialog(text: string): void
  showSheet(sheet: SheetShown): void
  /** Why the payment did not happen; the sheet stays. */
  showProblem(text: string): void
  hideSheet(): void
}

/** What the person did. */
export type Deed =
  | { simulator: 'dialog-read' }
  | { simulator: 'password'; password: string }
  | { simulator: 'sheet-left' }

const STYLE = `
:host { position: fixed; inset: 0; z-index: 2147483647; display: grid; place-items: center; background: #0008;
  font: 16px/1.5 system-ui, "PingFang SC", "Noto Sans CJK SC", sans-serif; color: #191919; color-scheme: light }
:host([hidden]) { display: none }
form { width: min(20rem, calc(100% - 2rem)); padding: 1.25rem; border-radius: 12px; background: #fff; text-align: center }
h2 { margin: 0; font-size: 1rem; font-weight: 500 }
strong { display: block; font-size: 2.25rem; font-weight: 600 }
p { margin: .25rem 0 1rem; overflow-wrap: anywhere }
.soft { color: #6b6b6b; font-size: .875rem }
.problem { color: #c93636 }
input { width: 100%; box-sizing: border-box; padding: .6rem; border: 1px solid #8a8a8a; border-radius: 8px; font: inherit;
  letter-spacing: .5em; text-align: center }
button { width: 100%; margin-top: .75rem; padding: .65rem; border: 0; border-radius: 8px; font: inherit; background: #07864a; color: #fff }
button[type=button] { background: #ededed; color: #191919 }
`

/** `done` is told each thing that the person does. */
export function createOverlay(done: (deed: Deed) => void): Overlay {
  const dialogs: string[] = []
  const sheet: { shown: SheetShown | undefined; problem: string } = { shown: undefined, problem: '' }
  const layer = createLayer()

  /** A dialog stands before the sheet: it says why there is none. */
  function draw(): void {
    const [text] = dialogs
    if (text !== undefined) return layer.show(dialogForm(text, read))
    if (sheet.shown !== undefined) return layer.show(sheetForm(sheet.shown, sheet.problem, done))
    layer.hide()
  }

  function read(): void {
    dialogs.shift()
    draw()
    done({ simulator: 'dialog-read' })
  }

  return {
    showDialog(text) {
      dialogs.push(text)
      draw()
    },
    showSheet(shown) {
      Object.assign(sheet, { shown, problem: '' })
      draw()
    },
    showProblem(problem) {
      sheet.problem = problem
      draw()
    },
    hideSheet() {
      sheet.shown = undefined
      draw()
    },
  }
}

function dialogForm(text: string, read: () => void): HTMLFormElement {
  const form = formOf([element('p', text), element('button', '确定')])
  form.addEventListener('submit', read)
  return form
}

function sheetForm(
  { payee, body, cashFee }: SheetShown,
  problem: string,
  done: (deed: Deed) => void,
): HTMLFormElement {
  const password = element('input', '')
  Object.assign(password, {
    type: 'password',
    name: 'password',
    inputMode: 'numeric',
    pattern: '[0-9]{6}',
    maxLength: 6,
    required: true,
    autocomplete: 'off',
    ariaLabel: '支付密码',
    placeholder: '支付密码',
  })
  const cancel = element('button', '取消')
  cancel.type = 'button'
  cancel.addEventListener('click', () => done({ simulator: 'sheet-left' }))
  const form = formOf([
    element('h2', payee),
    element('strong', `¥${(cashFee / 100).toFixed(2)}`),
    element('p', body, 'soft'),
    password,
    ...(problem === '' ? [] : [element('p', problem, 'problem')]),
    element('button', '确认支付'),
    cancel,
  ])
  form.addEventListener('submit', () => done({ simulator: 'password', password: password.value }))
  return form
}

function formOf(parts: HTMLElement[]): HTMLFormElement {
  const form = element('form', '')
  form.addEventListener('submit', (event) => event.preventDefault())
  form.append(...parts)
  return form
}

function element<Name extends 'form' | 'h2' | 'strong' | 'p' | 'input' | 'button'>(
  name: Name,
  text: string,
  className = '',
): HTMLElementTagNameMap[Name] {
  const made = document.createElement(name)
  made.textContent = text
  made.className = className
  return made
}

/** A shadow tree: neither the page's styles nor its policy of contents reach into it. */
function createLayer(): { show(form: HTMLFormElement): void; hide(): void } {
  const host = document.createElement('simulator-wechat')
  const root = host.attachShadow({ mode: 'open' })
  const sheet = new CSSStyleSheet()
  sheet.replaceSync(STYLE)
  root.adoptedStyleSheets = [sheet]
  return {
    show(form) {
      root.replaceChildren(form)
      document.documentElement.append(host)
      form.querySelector<HTMLElement>('input, button')?.focus()
    },
    hide: () => host.remove(),
  }
}
