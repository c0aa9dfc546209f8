/** A no of Pay v3: status, code, text, and the internal number that ends the Request-ID. Source: API v3 docs, "错误码". */

export interface V3Refusal {
  outcome: 'refused'
  status: number
  code: string
  message: string
  /** Suffix of the Request-ID. */
  number: number
  /** As it was seen on the service, which is not as it is documented. */
  detail?: object
}

/** 参数非法; what most refusals of a parameter are numbered with. */
export const ILLEGAL_PARAMETER = 268435461
const WRONG_SIGNATURE = 268443699

export function refusal(
  status: number,
  code: string,
  message: string,
  number: number = ILLEGAL_PARAMETER,
): V3Refusal {
  return { outcome: 'refused', status, code, message, number }
}

export const parameterError = (message: string, number?: number): V3Refusal =>
  refusal(400, 'PARAM_ERROR', message, number)

export const invalidRequest = (message: string, number?: number): V3Refusal =>
  refusal(400, 'INVALID_REQUEST', message, number)

export const signError = (message: string): V3Refusal => refusal(401, 'SIGN_ERROR', message, WRONG_SIGNATURE)

/** Members in alphabetical order, as seen. */
export function refusalBody({ code, detail, message }: V3Refusal): string {
  return JSON.stringify({ code, ...(detail === undefined ? {} : { detail }), message })
}
