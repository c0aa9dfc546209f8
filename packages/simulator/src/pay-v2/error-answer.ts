/** An error of WeChat's own in v2's words: signed like any refusal, except for bills, which have their own forms. */
import type { SignType } from '../pay/state.ts'
import { merchantOf, type Simulation } from '../simulation.ts'
import { fundFlowProblem } from './bills.ts'
import { signV2 } from './sign.ts'
import { readXml, writeXml } from './xml.ts'

export interface ErrorV2 {
  path: string
  /** The request's, of which nothing is believed but who it is for. */
  body: string
  /** `err_code` and `err_code_des`. */
  code: string
  text: string
}

export function errorV2(simulation: Simulation, { path, body, code, text }: ErrorV2): string {
  if (path === '/pay/downloadbill')
    return writeXml({ return_code: 'FAIL', return_msg: 'system error', error_code: '20003' })
  if (path === '/pay/downloadfundflow') return writeXml(fundFlowProblem(code, text))
  const { appid = '', mch_id: mchid = '', sign_type: named } = readXml(body) ?? {}
  const merchant = merchantOf(simulation, mchid)
  const said = {
    return_code: 'SUCCESS',
    return_msg: 'OK',
    result_code: 'FAIL',
    err_code_des: code === 'SYSTEMERROR' && /refund/.test(path) ? '接口返回错误' : text,
    err_code: code,
    ...(mchid === '' ? {} : { mch_id: mchid }),
    ...(appid === '' ? {} : { appid }),
    nonce_str: simulation.random.text(16),
  }
  if (merchant === undefined) return writeXml(said)
  const signType: SignType = named === 'HMAC-SHA256' ? named : 'MD5'
  return writeXml({ ...said, sign: signV2(said, merchant.apiKey, signType) })
}
