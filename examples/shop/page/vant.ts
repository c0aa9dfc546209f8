/**
 * The components of Vant that this page uses, each with its own style. Their common style entries would bring Vant's icon
 * font along (45 kB); the few icons here are drawings.
 */
import 'vant/es/style/base.css'
import 'vant/es/loading/index.css'
import 'vant/es/button/index.css'
import 'vant/es/empty/index.css'
import 'vant/es/stepper/index.css'
import 'vant/es/skeleton-title/index.css'
import 'vant/es/skeleton-paragraph/index.css'
import 'vant/es/skeleton/index.css'
import 'vant/es/overlay/index.css'
import 'vant/es/popup/index.css'
import 'vant/es/toast/index.css'

export { Button, Empty, Loading, Skeleton, Stepper, showToast } from 'vant'
