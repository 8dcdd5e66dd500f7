package tenant

// Patch is one property of a partial update: absent, null, or a value.
type Patch[T any] struct {
	Set   bool // the property was present
	Null  bool // it was present and null; Value means nothing
	Value T
}

// Value is a property that is present.
func Value[T any](v T) Patch[T] { return Patch[T]{Set: true, Value: v} }

// Null is a property that is present and null.
func Null[T any]() Patch[T] { return Patch[T]{Set: true, Null: true} }

// given reports whether there is a value to use.
func (p Patch[T]) given() bool { return p.Set && !p.Null }

// into overwrites what null cannot mean: absent and null leave it alone.
func (p Patch[T]) into(v *T) {
	if p.given() {
		*v = p.Value
	}
}

// intoPtr overwrites a nullable property; null empties it.
func (p Patch[T]) intoPtr(v **T) {
	switch {
	case !p.Set:
	case p.Null:
		*v = nil
	default:
		value := p.Value
		*v = &value
	}
}
