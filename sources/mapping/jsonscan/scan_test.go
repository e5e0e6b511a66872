package jsonscan

import (
	"encoding/json"
	"strings"
	"testing"
	"unicode/utf8"
)

func TestScan(t *testing.T) {
	paths := []string{"a", "b.c", "b", "b.d.e", "long_key_name", "é"}
	for _, c := range []struct {
		doc  string
		want map[string]string // path → kind letter and text
	}{
		{`{}`, nil},
		{" \t{\r\n} ", nil},
		{`{"a":1}`, map[string]string{"a": "n1"}},
		{`{"a":-0.5e+10,"x":[1,{"a":2},"]"]}`, map[string]string{"a": "n-0.5e+10"}},
		{`{"a":"x","a":"y"}`, map[string]string{"a": "sy"}},
		{`{"b":{"c":1,"d":{"e":2}}}`, map[string]string{"b.c": "n1", "b.d.e": "n2", "b": `c{"c":1,"d":{"e":2}}`}},
		{`{"b":{"c":1},"b":{"x":0}}`, map[string]string{"b": `c{"x":0}`}},
		{`{"b":{"c":1},"b":null}`, map[string]string{"b": "0null"}},
		{`{"b":"text"}`, map[string]string{"b": "stext"}},
		{`{"a":true}`, map[string]string{"a": "ttrue"}},
		{`{"a":false}`, map[string]string{"a": "ffalse"}},
		{`{"a":null}`, map[string]string{"a": "0null"}},
		{`{"a":[1,[2],{}]}`, map[string]string{"a": "c[1,[2],{}]"}},
		{`{"a":"\"\\\/\b\f\n\r\t\u0041\u00e9\u4E2D\ud83d\ude00"}`, map[string]string{"a": "s\"\\/\b\f\n\r\tAé中😀"}},
		{`{"a":"中文 plain 中文, long enough for words\n"}`, map[string]string{"a": "s中文 plain 中文, long enough for words\n"}},
		{`{"\u0061":"escaped key","long_key_n\u0061me":"x\ny"}`, map[string]string{"a": "sescaped key", "long_key_name": "sx\ny"}},
		{`{"é":1}`, map[string]string{"é": "n1"}},
		{`{"skipped":"with \" quote and \\","a":7}`, map[string]string{"a": "n7"}},
	} {
		s := Compile(paths).Scanner(0)
		if err := s.Scan([]byte(c.doc)); err != nil {
			t.Errorf("%s: %v", c.doc, err)
			continue
		}
		for i, p := range paths {
			got := ""
			if v := s.Values[i]; v.Kind != Absent {
				got = string(" 0ftnsc"[v.Kind]) + string(v.Bytes)
			}
			if got != c.want[p] {
				t.Errorf("%s: %s = %q, want %q", c.doc, p, got, c.want[p])
			}
		}
	}
}

func TestScanRejects(t *testing.T) {
	deep := strings.Repeat(`{"a":`, MaxDepth) + `{}` + strings.Repeat("}", MaxDepth)
	deepArray := `{"z":` + strings.Repeat("[", MaxDepth) + strings.Repeat("]", MaxDepth) + "}"
	for _, c := range []struct {
		doc   string
		fault Fault
	}{
		{``, Malformed},
		{` `, Malformed},
		{`[]`, Malformed},
		{`1`, Malformed},
		{`null`, Malformed},
		{`{`, Malformed},
		{`{"a"`, Malformed},
		{`{"a":`, Malformed},
		{`{"a":1`, Malformed},
		{`{"a":1,`, Malformed},
		{`{"a":1,}`, Malformed},
		{`{a:1}`, Malformed},
		{`{"a" 1}`, Malformed},
		{`{"a":1 "b":2}`, Malformed},
		{`{"a":1}}`, Malformed},
		{`{"a":1} x`, Malformed},
		{`{"a":1}{"a":2}`, Malformed},
		{`{"a":01}`, Malformed},
		{`{"a":1.}`, Malformed},
		{`{"a":.5}`, Malformed},
		{`{"a":1e}`, Malformed},
		{`{"a":-}`, Malformed},
		{`{"a":+1}`, Malformed},
		{`{"a":tru}`, Malformed},
		{`{"a":NaN}`, Malformed},
		{`{"a":"x}`, Malformed},
		{`{"a":"\x"}`, Malformed},
		{`{"a":"\u12G4"}`, Malformed},
		{`{"a":"\`, Malformed},
		{"{\"a\":\"\n\"}", Malformed},
		{"{\"a\":\"x\\t\x01\"}", Malformed},
		{`{"a":[1,]}`, Malformed},
		{`{"a":[1`, Malformed},
		{`{"a":'x'}`, Malformed},
		{"{\"a\":1}\x00", Malformed},
		{"{\"a\":\"\xff\"}", BadUTF8},
		{"{\"a\":\"\xc3\"}", BadUTF8},
		{"{\"z\":\"\\n\xc3\"}", BadUTF8},
		{"{\"a\":\"\xed\xa0\x80\"}", BadUTF8},
		{"{\"\xff\":1}", BadUTF8},
		{"{\"a\":\"\xff\\n\"}", BadUTF8},
		{`{"a":"\ud800"}`, BadUTF8},
		{`{"a":"\ud800\u0041"}`, BadUTF8},
		{`{"a":"\udc00"}`, BadUTF8},
		{deep, TooDeep},
		{deepArray, TooDeep},
	} {
		s := Compile([]string{"a", "b.c"}).Scanner(0)
		if err := s.Scan([]byte(c.doc)); err == nil || err.Fault != c.fault {
			t.Errorf("%.60q: %v, want fault %d", c.doc, err, c.fault)
		}
	}
}

// FuzzScan compares with encoding/json: the same documents are valid, and the
// same values are found; and with a scanner that has read nothing before.
func FuzzScan(f *testing.F) {
	f.Add([]byte(`{"a":"x","b":{"c":1.5,"d":{"e":"\u00e9\n"}}}`))
	f.Add([]byte(`{"a":[],"a":{"b":1},"b":{"c":"1"},"b":{}}`))
	f.Add([]byte("{\"a\":\"\xff\"}"))
	f.Add([]byte(`{"a":"\ud83d\ude00"} `))
	f.Add([]byte(`{"b":{"c":"1","a":"no"},"c":"no","a":"2"}`))
	f.Fuzz(func(t *testing.T, doc []byte) {
		plan := Compile([]string{"a", "b.c", "b.d.e"})
		s := plan.Scanner(0)
		// Guesses of the order of keys, right ones and wrong ones.
		_ = s.Scan([]byte(`{"b":{"c":1},"c":1,"a":{"c":1},"b":{"a":1,"d":{"c":1,"e":1}}}`))
		differs(t, s, plan.Scanner(0), doc)
		differs(t, s, plan.Scanner(0), doc)
		err := s.Scan(doc)
		var want map[string]any
		trimmed := strings.Trim(string(doc), " \t\r\n")
		if !strings.HasPrefix(trimmed, "{") || !json.Valid(doc) {
			if err == nil {
				t.Fatalf("%q accepted", doc)
			}
			return
		}
		if err != nil {
			// encoding/json mends what this package refuses.
			if err.Fault == TooDeep || err.Fault == BadUTF8 && (!utf8.Valid(doc) || strings.Contains(string(doc), `\u`)) {
				return
			}
			t.Fatalf("%q: %v", doc, err)
		}
		if json.Unmarshal(doc, &want) != nil {
			return // a number beyond float64
		}
		if a, ok := want["a"].(string); ok && string(s.Values[0].Bytes) != a {
			t.Fatalf("%q: a = %q, want %q", doc, s.Values[0].Bytes, a)
		}
		b, _ := want["b"].(map[string]any)
		if c, ok := b["c"].(string); ok != (s.Values[1].Kind == String) || string(s.Values[1].Bytes) != c && ok {
			t.Fatalf("%q: b.c = %q, want %q", doc, s.Values[1].Bytes, c)
		}
		if _, ok := want["a"]; ok != (s.Values[0].Kind != Absent) {
			t.Fatalf("%q: presence of a", doc)
		}
	})
}
