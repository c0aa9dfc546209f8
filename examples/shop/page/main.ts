/** The page: who is here, then the screens. Start reading here. */
// First of all imports: it notes the address the visitor landed on, which iOS signs, before the router changes it.
import { prepare } from '@shouyin/browser'
import { createApp } from 'vue'
import App from './App.vue'
import { router } from './router.ts'
import './styles.css'
import { meet, standing } from './visitor.ts'

void meet().then(() => {
  createApp(App).use(router).mount('#app')
  // The pay sheet's script is loaded while the visitor still looks around, so that paying does not wait for it.
  if (standing.value === 'known') void prepare()
})
