package config

import (
	"bytes"
	"reflect"
	"strconv"

	"gopkg.in/yaml.v3"
)

// ShowOptions say how much Show tells.
type ShowOptions struct {
	// Docs puts the meaning of each setting beside it, Places where it came from.
	Docs, Places bool
}

// Show prints the whole configuration as YAML that Load takes, secrets masked
// or by reference.
func (c *Config) Show(o ShowOptions) ([]byte, error) {
	node := c.block("", reflect.ValueOf(c).Elem(), o)
	var b bytes.Buffer
	enc := yaml.NewEncoder(&b)
	enc.SetIndent(2)
	if err := enc.Encode(node); err != nil {
		return nil, err
	}
	return b.Bytes(), enc.Close()
}

func (c *Config) block(path string, v reflect.Value, o ShowOptions) *yaml.Node {
	n := &yaml.Node{Kind: yaml.MappingNode}
	for i := range v.NumField() {
		field := v.Type().Field(i)
		tag := field.Tag.Get("yaml")
		if tag == "" {
			continue
		}
		key := &yaml.Node{Kind: yaml.ScalarNode, Value: tag}
		value := c.node(join(path, tag), v.Field(i), o)
		comment := ""
		if from := c.places[join(path, tag)]; o.Places && from != (Place{}) && value.Kind != yaml.MappingNode {
			comment = from.String()
		} else if o.Docs {
			comment = field.Tag.Get("doc")
		}
		if value.Kind == yaml.ScalarNode || value.Style == yaml.FlowStyle {
			value.LineComment = comment
		} else { // yaml puts a block's line comment behind the block
			key.HeadComment = comment
		}
		n.Content = append(n.Content, key, value)
	}
	return n
}

func (c *Config) node(path string, v reflect.Value, o ShowOptions) *yaml.Node {
	switch {
	case v.Type() == reflect.TypeFor[Secret]():
		return secretNode(v.Interface().(Secret))
	case v.Kind() == reflect.Struct:
		return c.block(path, v, o)
	case v.Kind() == reflect.Slice:
		n := &yaml.Node{Kind: yaml.SequenceNode}
		if v.Type() == reflect.TypeFor[[]string]() {
			n.Style = yaml.FlowStyle
		}
		for i := range v.Len() {
			n.Content = append(n.Content, c.node(path+"["+strconv.Itoa(i)+"]", v.Index(i), o))
		}
		return n
	}
	n := &yaml.Node{Kind: yaml.ScalarNode, Value: textOf(v)}
	if v.Kind() == reflect.String {
		n.SetString(textOf(v))
	}
	return n
}

func secretNode(s Secret) *yaml.Node {
	name, value := "env", s.Env
	if s.File != "" {
		name, value = "file", s.File
	}
	if value == "" {
		n := &yaml.Node{Kind: yaml.ScalarNode, Value: "null"}
		if s.IsSet() {
			n.SetString("********")
		}
		return n
	}
	return &yaml.Node{Kind: yaml.MappingNode, Style: yaml.FlowStyle, Content: []*yaml.Node{
		{Kind: yaml.ScalarNode, Value: name}, {Kind: yaml.ScalarNode, Value: value},
	}}
}
