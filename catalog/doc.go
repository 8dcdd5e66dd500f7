// Package catalog holds what accounts can use and what they have installed: it publishes connector
// definitions and templates, installs connectors and templates into accounts, keeps credentials and
// properties, and imports and exports templates.
//
// Start with publish.go, then connector_install.go and template_install.go. Every operation takes the
// caller (and the resolved account) and checks rights and ids itself; a change and its audit event are
// one transaction.
package catalog
