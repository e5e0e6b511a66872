package jsonscan

import (
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// A run ends before the first pair that is not written as usual.
func TestRun(t *testing.T) {
	const learned = `{"a":"x","b":1,"c":{"d":"y","e":2},"f":"z"}`
	for _, c := range []struct {
		doc string
		// rest is what the run leaves to others; ended that the object has ended.
		rest  string
		ended bool
	}{
		{learned, `"c":{"d":"y","e":2},"f":"z"}`, false},
		{`{"a":"x","b":1,"c":7,"f":"z"}`, `"c":7,"f":"z"}`, false}, // more is wanted below c
		{`{"a":"x","b":1}`, ``, true},
		{`{"a":"","b":0}`, ``, true},
		{`{"a":10,"b":"plain text, longer than a word"} `, ` `, true},
		{`{"a":"x","b":123456789012345678901234567890}`, ``, true},
		{`{"b":1,"a":"x"}`, `"b":1,"a":"x"}`, false},
		{`{"a":"x","f":"z"}`, `"f":"z"}`, false},
		{`{"a":"x", "b":1}`, ``, true},
		{`{"a": "x", "b": 0}`, ``, true},
		{`{"a":"x",  "b":1}`, ` "b":1}`, false},
		{`{"a":"x", "f":1}`, `"f":1}`, false}, // the space before it is passed
		{`{"a":"x" ,"b":1}`, `"a":"x" ,"b":1}`, false},
		{`{"a":"x","b" :1}`, `"b" :1}`, false},
		{`{"a":"x","b":  1}`, `"b":  1}`, false},
		{`{"a":"x","b": `, `"b": `, false},
		{`{"a":"x", `, ``, false},
		{`{"a":"x","b":1 }`, `"b":1 }`, false},
		{`{"a":"x","b":1]`, `"b":1]`, false},
		{`{"a":"x","b":1:`, `"b":1:`, false},
		{`{"a":"x","b":01}`, `"b":01}`, false},
		{`{"a":"x","b":-1}`, `"b":-1}`, false},
		{`{"a":"x","b":1.5}`, `"b":1.5}`, false},
		{`{"a":"x","b":1e3}`, `"b":1e3}`, false},
		{`{"a":"x","b":/}`, `"b":/}`, false},
		{`{"a":"x","b"::}`, `"b"::}`, false},
		{`{"a":"x","b":null}`, `"b":null}`, false},
		{`{"a":"x","b":true}`, `"b":true}`, false},
		{`{"a":"x","b":[1]}`, `"b":[1]}`, false},
		{`{"a":"x","b":"\u0041"}`, `"b":"\u0041"}`, false},
		{`{"a":"x","b":"é"}`, `"b":"é"}`, false},
		{"{\"a\":\"x\",\"b\":\"\x01\"}", "\"b\":\"\x01\"}", false},
		{`{"a":"x","b":1`, `"b":1`, false},
		{`{"a":"x","b":"y"`, `"b":"y"`, false},
		{`{"a":"x","b":"y`, `"b":"y`, false},
		{`{"a":"x","b":"`, `"b":"`, false},
		{`{"a":"x","b":`, `"b":`, false},
		{`{"a":"x","b"`, `"b"`, false},
		{`{"a":"x",`, ``, false},
		{`{`, ``, false},
	} {
		s := Compile([]string{"a", "b", "c", "c.d", "c.e", "f"}).Scanner(0)
		if err := s.Scan([]byte(learned)); err != nil {
			t.Fatal(err)
		}
		s.doc, s.pos = []byte(c.doc), 1
		if _, ended := s.run(0); ended != c.ended || c.doc[s.pos:] != c.rest {
			t.Errorf("%s: left %q, ended %v; want %q, %v", c.doc, c.doc[s.pos:], ended, c.rest, c.ended)
		}
	}
}

// What a scanner has read before changes how it reads, never what it finds: the
// next document gives what a scanner finds that has read nothing yet.
func TestGuessesChangeNothing(t *testing.T) {
	plan := Compile([]string{"a", "b", "b.c", "b.d", "d", "é", "long_key"})
	key := rapid.SampledFrom([]string{`"a"`, `"b"`, `"c"`, `"d"`, `"long_key"`, `"other"`, `"é"`, `"\u0061"`, `"a`, `a`, ``})
	value := rapid.SampledFrom([]string{
		`"x"`, `""`, `"plain text, longer than a word"`, `"a\n"`, `"é"`, "\"\xff\"", "\"\x01\"", `"open`, `1`, `0`, `01`, `-1`, `1.5`, `1e3`, `1.`, `-`,
		`123456789012345678901234567890`, `true`, `null`, `nul`, `{}`, `{"c":1,"d":"x"}`, `{"d":"x","c":2,"c":"y"}`, `{"c":"x"`, `[1,"a"]`, `[1`, ``,
	})
	colon := rapid.SampledFrom([]string{":", ":", ":", ":", ":", ":", ":", ": ", " :", "", "::"})
	comma := rapid.SampledFrom([]string{",", ",", ",", ",", ",", ",", ",", ", ", " ,", "", ",,"})
	end := rapid.SampledFrom([]string{"}", "}", "}", "}", " }", "} ", "}}", ",}", "]", ""})
	// Most documents are good, and like the ones before.
	usual := rapid.SampledFrom([]string{
		`{"a":"x","b":{"c":1,"d":"y"},"d":0,"long_key":"plain text, longer than a word"}`,
		`{"a":1,"d":"x","long_key":2,"b":{"c":"x","d":"y"}}`,
		`{"d":1,"d":"x","a":0,"a":7}`,
		`{"b":"x","é":"y","a":"z"}`,
		`{"other":{"a":"not wanted","d":1},"a":7}`,
	})
	odd := rapid.Custom(func(t *rapid.T) string {
		var b strings.Builder
		b.WriteString("{")
		for i := range rapid.IntRange(0, 6).Draw(t, "pairs") {
			if i > 0 {
				b.WriteString(comma.Draw(t, "comma"))
			}
			b.WriteString(key.Draw(t, "key") + colon.Draw(t, "colon") + value.Draw(t, "value"))
		}
		return b.String() + end.Draw(t, "end")
	})
	cut := rapid.Custom(func(t *rapid.T) string {
		doc := usual.Draw(t, "doc")
		return doc[:rapid.IntRange(0, len(doc)-1).Draw(t, "bytes")]
	})
	rapid.Check(t, func(t *rapid.T) {
		used := plan.Scanner(0)
		for _, doc := range rapid.SliceOfN(rapid.OneOf(usual, usual, odd, cut), 2, 12).Draw(t, "docs") {
			for range 2 { // the second time it knows the order
				differs(t, used, plan.Scanner(0), []byte(doc))
			}
		}
	})
}

// differs fails the test if two scanners of one plan find different things in a document.
func differs(t interface{ Fatalf(string, ...any) }, one, other *Scanner, doc []byte) {
	got, want := one.Scan(doc), other.Scan(doc)
	if (got == nil) != (want == nil) || got != nil && *got != *want {
		t.Fatalf("%q: %v, want %v", doc, got, want)
	}
	if got != nil {
		return
	}
	for i, v := range other.Values {
		if one.Values[i].Kind != v.Kind || string(one.Values[i].Bytes) != string(v.Bytes) {
			t.Fatalf("%q: value %d is %d %q, want %d %q", doc, i, one.Values[i].Kind, one.Values[i].Bytes, v.Kind, v.Bytes)
		}
	}
	if a, b := slots(one.Set), slots(other.Set); !slices.Equal(a, b) {
		t.Fatalf("%q: slots %v, want %v", doc, a, b)
	}
}

func slots(set []int) []int {
	set = slices.Sorted(slices.Values(set))
	return slices.Compact(set)
}

// BenchmarkScan reads documents whose keys come in one order, as different
// programs write them.
func BenchmarkScan(b *testing.B) {
	const doc = `{"event_id":"core:000000000012:1","customer_id":"c0000000012","account_id":"a0000000012","txn_type":"PAYMENT",` +
		`"amount_minor":250000,"currency":"CNY","balance_after_minor":5200000,"event_time":"2025-06-21T14:05:00Z","channel":"APP"}`
	for name, text := range map[string]string{
		"close":  doc,
		"spaced": strings.NewReplacer(`":`, `": `, `,"`, `, "`).Replace(doc),
		"others": strings.ReplaceAll(doc, `,"`, `,"unwanted":"x","`), // each second key is not wanted
	} {
		b.Run(name, func(b *testing.B) {
			s := Compile([]string{
				"event_id", "customer_id", "account_id", "txn_type", "amount_minor", "currency", "balance_after_minor", "event_time", "channel",
			}).Scanner(0)
			raw := []byte(text)
			b.SetBytes(int64(len(raw)))
			for b.Loop() {
				if err := s.Scan(raw); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
