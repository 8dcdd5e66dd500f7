// Package openapi checks a connector against a vendor's OpenAPI document: every method's request is made with
// sample values, and its path, verb, parameters and body must be what the document describes. Documents of
// versions 2 and 3 in JSON or YAML are read; nothing is sent, and no reference out of the document is followed.
package openapi
