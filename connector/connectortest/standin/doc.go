// Package standin answers in place of vendors, as strictly as they do.
//
// One engine serves all of them: what a vendor takes is a table of its own in tables, with its operations, the
// parameters and types that each knows, the headers that must be there, and its words for what is wrong. Answers are the
// fixtures of the connector. Next asks for a bad moment: a limit, a token that has ended, a failure. Start with
// standin.go; table.go reads the tables, shape.go compares what is sent with them.
package standin
