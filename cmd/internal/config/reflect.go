package config

import (
	"errors"
	"reflect"
	"strconv"
	"strings"
)

// setText puts a word into a leaf setting. The error says what would be right.
func setText(v reflect.Value, s string) error {
	if t, ok := reflect.TypeAssert[text](v.Addr()); ok {
		return t.parse(s)
	}
	switch v.Kind() {
	case reflect.String:
		v.SetString(s)
	case reflect.Bool:
		b, err := strconv.ParseBool(s)
		if err != nil {
			return errors.New("want true or false")
		}
		v.SetBool(b)
	case reflect.Int:
		n, err := strconv.Atoi(strings.ReplaceAll(s, "_", ""))
		if err != nil {
			return errors.New("want a whole number")
		}
		v.SetInt(int64(n))
	default:
		return errors.New("can only be set in the configuration file")
	}
	return nil
}

// textOf is the word that setText takes.
func textOf(v reflect.Value) string {
	if t, ok := reflect.TypeAssert[text](v.Addr()); ok {
		return t.String()
	}
	switch v.Kind() {
	case reflect.Bool:
		return strconv.FormatBool(v.Bool())
	case reflect.Int:
		return strconv.FormatInt(v.Int(), 10)
	default:
		return v.String()
	}
}

func fieldOf(v reflect.Value, name string) (reflect.Value, bool) {
	for i := range v.NumField() {
		if v.Type().Field(i).Tag.Get("yaml") == name && name != "" {
			return v.Field(i), true
		}
	}
	return reflect.Value{}, false
}

func names(t reflect.Type) []string {
	var list []string
	for f := range t.Fields() {
		if tag := f.Tag.Get("yaml"); tag != "" {
			list = append(list, tag)
		}
	}
	return list
}

// leaves calls fn for every setting that is no block, by its path.
func leaves(path string, v reflect.Value, fn func(path string, v reflect.Value)) {
	for i := range v.NumField() {
		tag := v.Type().Field(i).Tag.Get("yaml")
		if tag == "" {
			continue
		}
		f, p := v.Field(i), join(path, tag)
		if f.Kind() == reflect.Struct && f.Type() != reflect.TypeFor[Secret]() {
			leaves(p, f, fn)
			continue
		}
		fn(p, f)
	}
}

func join(path, name string) string {
	if path == "" {
		return name
	}
	return path + "." + name
}

func orTop(path string) string {
	if path == "" {
		return "configuration"
	}
	return path
}
