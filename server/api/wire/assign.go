package wire

import (
	"reflect"
	"strconv"
	"strings"

	"paceline"
)

// Enum is a request property with a fixed set of names; a name in any letter case or the integer of
// its place is accepted, anything else is refused.
type Enum interface {
	// SetEnum takes the text or integer as sent and reports whether it is one of the names.
	SetEnum(text string) bool
}

// Assign puts a parsed document into dst, a pointer, leniently: names in any case, strings for
// booleans and numbers and the reverse, a single value for a list. A value that cannot be converted
// leaves an Opt unset; elsewhere, and for a wrong enum, it is an error.
func Assign(tree any, dst any) error {
	return assign(tree, reflect.ValueOf(dst).Elem(), "body")
}

var rawType = reflect.TypeFor[any]()

func assign(tree any, v reflect.Value, path string) error {
	if v.CanAddr() {
		switch t := v.Addr().Interface().(type) {
		case optional:
			if tree == nil {
				t.setNull()
				return nil
			}
			target := t.target()
			err := assign(tree, target, path)
			if err == nil {
				return nil
			}
			if !soft(target) {
				return err
			}
			t.clear() // cannot be converted: dropped, as the API does
			return nil
		case Enum:
			if text, ok := scalar(tree); ok && t.SetEnum(text) {
				return nil
			}
			return invalid(path, "not one of the known values")
		case *Time:
			text, _ := tree.(string)
			parsed, ok := ParseTime(text)
			if !ok {
				return invalid(path, "not a date")
			}
			*t = parsed
			return nil
		}
	}
	if v.Type() == rawType {
		v.Set(reflect.ValueOf(&tree).Elem())
		return nil
	}
	if tree == nil {
		v.SetZero()
		return nil
	}
	switch v.Kind() {
	case reflect.Pointer:
		target := reflect.New(v.Type().Elem())
		if err := assign(tree, target.Elem(), path); err != nil {
			return err
		}
		v.Set(target)
	case reflect.Struct:
		return assignStruct(tree, v, path)
	case reflect.Slice:
		return assignSlice(tree, v, path)
	case reflect.Map:
		return assignMap(tree, v, path)
	default:
		return assignScalar(tree, v, path)
	}
	return nil
}

// soft reports whether a value of this type that cannot be converted is dropped instead of refused.
func soft(v reflect.Value) bool {
	if _, enum := v.Addr().Interface().(Enum); enum {
		return false
	}
	switch v.Kind() {
	case reflect.Struct:
		_, time := v.Addr().Interface().(*Time)
		return time
	case reflect.Slice, reflect.Map:
		return false
	}
	return true
}

func assignStruct(tree any, v reflect.Value, path string) error {
	object, ok := tree.(*Object)
	if !ok {
		return invalid(path, "an object was expected")
	}
	t := v.Type()
	for i := range t.NumField() {
		f := t.Field(i)
		if f.Anonymous && f.Type.Kind() == reflect.Struct {
			if err := assignStruct(tree, v.Field(i), path); err != nil {
				return err
			}
			continue
		}
		if !f.IsExported() {
			continue
		}
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		if name == "" {
			name = f.Name
		}
		value, there := object.Get(name)
		for _, alias := range strings.Fields(f.Tag.Get("alias")) {
			if !there {
				value, there = object.Get(alias)
			}
		}
		if !there {
			continue
		}
		if err := assign(value, v.Field(i), name); err != nil {
			return err
		}
	}
	return nil
}

func assignSlice(tree any, v reflect.Value, path string) error {
	list, ok := tree.([]any)
	if !ok {
		list = []any{tree} // a single value stands for a list of one
	}
	out := reflect.MakeSlice(v.Type(), 0, len(list))
	for i, item := range list {
		if item == nil && v.Type().Elem().Kind() == reflect.String {
			continue // null is no text, and no empty one either
		}
		value := reflect.New(v.Type().Elem()).Elem()
		if err := assign(item, value, path+"["+strconv.Itoa(i)+"]"); err != nil {
			return err
		}
		out = reflect.Append(out, value)
	}
	v.Set(out)
	return nil
}

func assignMap(tree any, v reflect.Value, path string) error {
	object, ok := tree.(*Object)
	if !ok {
		return invalid(path, "an object was expected")
	}
	out := reflect.MakeMapWithSize(v.Type(), len(object.Names))
	for _, name := range object.Names {
		item := reflect.New(v.Type().Elem()).Elem()
		if err := assign(object.Values[name], item, path+"."+name); err != nil {
			return err
		}
		out.SetMapIndex(reflect.ValueOf(name), item)
	}
	v.Set(out)
	return nil
}

func assignScalar(tree any, v reflect.Value, path string) error {
	text, ok := scalar(tree)
	if !ok {
		return invalid(path, "a single value was expected")
	}
	switch v.Kind() {
	case reflect.String:
		v.SetString(text)
	case reflect.Bool:
		switch strings.ToLower(strings.TrimSpace(text)) {
		case "true", "1":
			v.SetBool(true)
		case "false", "0":
			v.SetBool(false)
		default:
			return invalid(path, "true or false was expected")
		}
	case reflect.Int, reflect.Int32, reflect.Int64:
		n, err := strconv.ParseInt(strings.TrimSpace(text), 10, v.Type().Bits())
		if err != nil {
			f, ferr := strconv.ParseFloat(text, 64)
			if ferr != nil || f != float64(int64(f)) {
				return invalid(path, "a whole number was expected")
			}
			n = int64(f)
			if v.OverflowInt(n) {
				return invalid(path, "the number is out of range")
			}
		}
		v.SetInt(n)
	case reflect.Float64:
		f, err := strconv.ParseFloat(strings.TrimSpace(text), 64)
		if err != nil {
			return invalid(path, "a number was expected")
		}
		v.SetFloat(f)
	default:
		return invalid(path, "unexpected value")
	}
	return nil
}

func scalar(tree any) (string, bool) {
	switch t := tree.(type) {
	case string:
		return t, true
	case Number:
		return t.String(), true
	case bool:
		return strconv.FormatBool(t), true
	}
	return "", false
}

func invalid(path, reason string) error {
	return paceline.Fail(paceline.CodeFieldInvalid, "name", path, "reason", reason)
}
