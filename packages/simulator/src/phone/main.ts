/** The telephone with its in-app browser, and beside it the inspector. */
import { createApp } from 'vue'
import './theme.css'
import PhoneDesk from './phone-desk.vue'

createApp(PhoneDesk).mount('#phone')
