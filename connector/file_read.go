package connector

import (
	"context"
	"io"

	"paceline"
	"paceline/mapping"
)

// File is a file among the values of a transaction.
type File struct {
	Name, Type string
	Content    []byte
}

// File reads a value as a file of at most most bytes: a text, which is its content, or an object with name, type, and
// either text, base64, or a reference to where its content lies.
func (c UtilityCall) File(ctx context.Context, v mapping.Value, most int) (File, error) {
	f, err := fileOf(v)
	out := File{f.name, f.contentType, f.content}
	if err != nil || f.ref == "" {
		return out, err
	}
	if c.open == nil {
		return out, errNoFile
	}
	size, content, err := c.open(ctx, f.ref)
	if err != nil {
		return out, err
	}
	if size > int64(most) {
		return out, paceline.Fail(paceline.CodeStepDataTooLarge)
	}
	if out.Content, err = io.ReadAll(content); err != nil {
		err = fileError{err}
	}
	return out, err
}
