package wire

import (
	"reflect"

	"github.com/danielgtaylor/huma/v2"
)

// Opt is a property of a request that tells absent, null and value apart.
type Opt[T any] struct {
	Set   bool // the property was there
	Null  bool // and was null
	Value T
}

// Some returns an Opt that holds v.
func Some[T any](v T) Opt[T] { return Opt[T]{Set: true, Value: v} }

// Or returns the value, or other when the property was absent or null.
func (o Opt[T]) Or(other T) T {
	if !o.Set || o.Null {
		return other
	}
	return o.Value
}

// Ptr returns a pointer to the value, nil when the property was absent or null.
func (o Opt[T]) Ptr() *T {
	if !o.Set || o.Null {
		return nil
	}
	v := o.Value
	return &v
}

// Has reports whether a value that is not null was given.
func (o Opt[T]) Has() bool { return o.Set && !o.Null }

// Schema describes the property as its value's type, or null.
func (o Opt[T]) Schema(r huma.Registry) *huma.Schema {
	s := r.Schema(reflect.TypeFor[T](), true, "")
	if s.Ref != "" {
		return &huma.Schema{AnyOf: []*huma.Schema{s, {Type: "null"}}}
	}
	copied := *s
	copied.Nullable = true
	return &copied
}

type optional interface {
	setNull()
	target() reflect.Value
	clear()
}

func (o *Opt[T]) setNull() { *o = Opt[T]{Set: true, Null: true} }
func (o *Opt[T]) target() reflect.Value {
	o.Set = true
	return reflect.ValueOf(&o.Value).Elem()
}
func (o *Opt[T]) clear() { *o = Opt[T]{} }

// Body is a request body that is read by the operation, not before it: what is wrong with the path
// or the state of a cycle is told before what is wrong with the body. Inputs hold a pointer to it,
// which is nil when nothing was sent.
type Body[T any] struct {
	raw     []byte
	relaxed bool
}

// Schema describes the body as T.
func (Body[T]) Schema(r huma.Registry) *huma.Schema {
	return r.Schema(reflect.TypeFor[T](), true, "")
}

func (b *Body[T]) setRaw(raw []byte) { b.raw = append([]byte(nil), raw...) }

// Relaxed makes the body take single quotes and bare property names.
func (b *Body[T]) Relaxed() *Body[T] {
	if b != nil {
		b.relaxed = true
	}
	return b
}

// Raw returns the body as it was sent.
func (b *Body[T]) Raw() []byte {
	if b == nil {
		return nil
	}
	return b.raw
}

// Read parses the body into T. An absent body leaves T zero, and present tells so.
func (b *Body[T]) Read() (v T, present bool, err error) {
	if b == nil {
		return v, false, nil
	}
	tree, present, err := Parse(b.raw, b.relaxed)
	if err != nil || !present {
		return v, present, err
	}
	if tree == nil {
		return v, false, nil
	}
	err = Assign(tree, &v)
	return v, true, err
}

// Format is the only media type of the API: lenient in, exact out.
func Format() huma.Format {
	return huma.Format{Marshal: Marshal, Unmarshal: func(data []byte, v any) error {
		if field := reflect.ValueOf(v).Elem(); field.Kind() == reflect.Pointer {
			target := reflect.New(field.Type().Elem())
			if b, ok := target.Interface().(interface{ setRaw([]byte) }); ok {
				b.setRaw(data)
				field.Set(target)
				return nil
			}
		}
		tree, present, err := Parse(data, false)
		if err != nil || !present {
			return err
		}
		return Assign(tree, v)
	}}
}
