/** Says which line to change when the body was read before us (complaint: signatures fail after a body parser). */
export const BODY_IS_GONE =
  'the request body was read before the checkout could: mount the checkout before any body parser, e.g. move app.use(toNodeListener(checkout)) above app.use(express.json())'
