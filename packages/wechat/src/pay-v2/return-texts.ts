/**
 * Refusals on the first level (`return_code` FAIL) have a text and no code. Here a text becomes the code that the error tables
 * give the same fault, so that callers switch on one thing. Source: API v2 docs, error tables, and texts seen on the wire.
 */

const CODE_OF_TEXT: readonly (readonly [RegExp, string])[] = [
  [/系统(错误|繁忙|异常)|接口返回错误|SYSTEM_?ERROR|system error/i, 'SYSTEMERROR'],
  [/BIZ_?ERR_NEED_RETRY|退款业务流程错误/i, 'BIZERR_NEED_RETRY'],
  [/签名错误|SIGN_?ERROR/i, 'SIGNERROR'],
  [/openid不匹配/i, 'PARAM_ERROR'],
  [/不匹配/, 'APPID_MCHID_NOT_MATCH'],
  [/appid不存在/i, 'APPID_NOT_EXIST'],
  [/商户号.*不存在|mch_?id不存在/i, 'MCHID_NOT_EXIST'],
  [/没有JSAPI支付权限|产品权限未开通|无此接口权限/, 'NOAUTH'],
  [/缺少参数|必须传openid/i, 'LACK_PARAMS'],
  [/XML格式错误/i, 'XML_FORMAT_ERROR'],
  [/post数据为空/i, 'POST_DATA_EMPTY'],
  [/请使用post方法/i, 'REQUIRE_POST_METHOD'],
  [/编码格式错误/, 'NOT_UTF8'],
  [/频率|过于频繁/, 'FREQUENCY_LIMITED'],
  [/参数格式|校验失败|time_expire|无效的openid/i, 'PARAM_ERROR'],
]

/** The code for a `return_msg`; `RETURN_FAIL` for a text not known here. */
export function codeOfReturnText(text: string): string {
  return CODE_OF_TEXT.find(([pattern]) => pattern.test(text))?.[1] ?? 'RETURN_FAIL'
}
