// Package codectest tests that a code function forgets no field of its struct.
package codectest

import (
	"reflect"
	"slices"
	"testing"
	"unsafe"

	"github.com/tierwatch/tierwatch/pipeline/codec"
)

// Whole fills a T, lets code write it and read it into an empty one, and compares
// field by field. elsewhere names the fields that code leaves to others.
func Whole[T any](t *testing.T, code func(*T, *codec.Coder), elsewhere ...string) {
	t.Helper()
	var want, got T
	n := uint64(0)
	fill(reflect.ValueOf(&want).Elem(), &n)
	w := codec.Writer(nil)
	code(&want, &w)
	r, err := codec.Open(w.Seal(0))
	if err != nil {
		t.Fatal(err)
	}
	code(&got, &r)
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	compare(t, reflect.ValueOf(&want).Elem(), reflect.ValueOf(&got).Elem(), elsewhere)
}

// fill sets every field, unexported ones too, to 1 or 2 in turn, so that those beside
// each other differ.
func fill(v reflect.Value, n *uint64) {
	v = reflect.NewAt(v.Type(), unsafe.Pointer(v.UnsafeAddr())).Elem()
	*n++
	k := *n%2 + 1
	switch v.Kind() {
	case reflect.Struct:
		for _, f := range v.Fields() {
			fill(f, n)
		}
	case reflect.Array:
		for i := range v.Len() {
			fill(v.Index(i), n)
		}
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		v.SetInt(int64(k))
	case reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		v.SetUint(k)
	default: // what has pointers is no state
	}
}

func compare(t *testing.T, want, got reflect.Value, elsewhere []string) {
	t.Helper()
	for i := range want.NumField() {
		f := want.Type().Field(i)
		if f.Name == "_" || slices.Contains(elsewhere, f.Name) {
			continue
		}
		a := reflect.NewAt(f.Type, unsafe.Pointer(want.Field(i).UnsafeAddr())).Elem()
		b := reflect.NewAt(f.Type, unsafe.Pointer(got.Field(i).UnsafeAddr())).Elem()
		if f.Type.Kind() == reflect.Struct {
			compare(t, a, b, elsewhere)
		} else if !reflect.DeepEqual(a.Interface(), b.Interface()) {
			t.Errorf("%s: wrote %v, read %v", f.Name, a, b)
		}
	}
}
