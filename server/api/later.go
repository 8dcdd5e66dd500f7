package api

import "paceline/server/api/wire"

// later reads a body now and tells what is wrong with it only when the operation asks for it: after what
// is wrong with the thing itself.
func later[T, I any](b *wire.Body[T], input func(T) (I, error)) func() (I, error) {
	body, _, err := b.Read()
	var in I
	if err == nil {
		in, err = input(body)
	}
	return func() (I, error) { return in, err }
}

// emptied returns the text; null is "", which removes what is there.
func emptied(o wire.Opt[string]) *string {
	if o.Null {
		return new(string)
	}
	return o.Ptr()
}
