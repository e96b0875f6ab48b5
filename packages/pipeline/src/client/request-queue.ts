import RequestQueue from 'kafkajs/src/network/requestQueue/index.js'

const { scheduleCheckPendingRequests } = RequestQueue.prototype

/**
 * kafkajs 2.2.4 looks at the waiting requests of each connection again and again, every millisecond and by a timer of a
 * negative delay, even when none waits (tulios/kafkajs#1556, #1704, #1751): 4 % of a core for a process that does
 * nothing. A request that has to wait asks for the look itself, so it is due only while one does.
 */
RequestQueue.prototype.scheduleCheckPendingRequests = function () {
  if (this.pending.length > 0) scheduleCheckPendingRequests.call(this)
}
