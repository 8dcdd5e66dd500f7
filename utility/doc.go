// Package utility has the utility connectors that keep values for accounts or work on values alone. Their
// definitions are folders of connectors with transport: utility; docs/utilities has a page on each.
//
// utility.go hands them to the runtime. entry.go is what those that keep something share: one entry under a name,
// changed atomically, sealed under the account's key, kept apart by the account that runs (D-24). tool.go lists
// the tools, which work on the values of a step alone.
package utility
