// Package connector reads, checks and runs connector definitions: documents in YAML or JSON that say how a
// product's HTTP API is called and how its webhooks are received.
//
// Parse and Lint check a document and name file, line and remedy of every mistake; Compile turns a
// Definition into templates, predicates and locations that are ready to run; Runtime.Call makes one call
// with the secrets of an Instance, and Trigger checks and reads deliveries.
//
// Start with definition.go (the format), compile.go and runtime.go. To add a way of authentication, a body
// format or a webhook check, add one file beside auth_basic.go, body_form.go or verify_hmac.go.
package connector
