// Package event makes the webhook deliveries that GitHub sends, and sends them.
//
// Open files an issue with the GitHub stand-in, as a customer would, and Opened wraps it in the complete
// payload of an "issues" event whose action is "opened". Deliver signs the exact bytes with the hook's
// secret and posts them with the headers that GitHub documents.
package event
