package connector

import "paceline/mapping"

// File is a file among the values of a transaction.
type File struct {
	Name, Type string
	Content    []byte
}

// ReadFile reads a value as a file: a text, which is its content, or an object with name, type, and either text or base64.
func ReadFile(v mapping.Value) (File, error) {
	f, err := fileOf(v)
	return File{f.name, f.contentType, f.content}, err
}
