/** The screens and their addresses. All of them may be landed on: from the account's menu, a shared link, the pay page. */
import { createRouter, createWebHistory, type Router } from 'vue-router'
import HomeScreen from './screens/HomeScreen.vue'
import LostScreen from './screens/LostScreen.vue'
import MeScreen from './screens/MeScreen.vue'
import OrderScreen from './screens/OrderScreen.vue'
import OrdersScreen from './screens/OrdersScreen.vue'
import ProductScreen from './screens/ProductScreen.vue'
import ResultScreen from './screens/ResultScreen.vue'

declare module 'vue-router' {
  interface RouteMeta {
    /** Shown above the page by WeChat. */
    title: string
    /** Which of the main places this screen belongs to. */
    place?: string
    /** It has a bar of its own where a phone shows the main places. */
    ownBar?: boolean
  }
}

export const router: Router = createRouter({
  history: createWebHistory(),
  scrollBehavior: (_to, _from, saved) => saved ?? { top: 0 },
  routes: [
    { path: '/', component: HomeScreen, meta: { title: '山间茶事', place: '/' } },
    {
      path: '/products/:productId',
      component: ProductScreen,
      props: true,
      meta: { title: '商品详情', place: '/', ownBar: true },
    },
    { path: '/orders', component: OrdersScreen, meta: { title: '我的订单', place: '/orders' } },
    {
      path: '/orders/:orderId',
      component: OrderScreen,
      props: true,
      meta: { title: '订单详情', place: '/orders' },
    },
    { path: '/result', component: ResultScreen, meta: { title: '支付结果', place: '/orders' } },
    { path: '/me', component: MeScreen, meta: { title: '我的', place: '/me' } },
    { path: '/:anything(.*)*', component: LostScreen, meta: { title: '走错了山路' } },
  ],
})

router.afterEach(({ meta }) => {
  document.title = meta.title
})
