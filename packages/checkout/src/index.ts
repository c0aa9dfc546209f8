import s from '@shouyin/browser/pay-page?script'
export const script: string = s
