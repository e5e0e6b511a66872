package config

import (
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"
)

func env(pairs ...string) func(string) (string, bool) {
	m := map[string]string{}
	for i := 0; i+1 < len(pairs); i += 2 {
		m[pairs[i]] = pairs[i+1]
	}
	return func(name string) (string, bool) { v, ok := m[name]; return v, ok }
}

func file(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "c.yaml")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// Defaults, file, environment, flags: each over the one before.
func TestLayers(t *testing.T) {
	path := file(t, "kafka: {partitions: 1, brokers: [a:1], client_id: file}\nlog: {level: debug}\n")
	c, err := Load(Input{
		File: path,
		LookupEnv: env("TIERWATCH_KAFKA_PARTITIONS", "2", "TIERWATCH_KAFKA_BROKERS", "b:1, c:2",
			"TIERWATCH_CLICKHOUSE_PASSWORD", "secret"),
		Set: []Setting{{"kafka.partitions", "3"}},
	})
	if err != nil {
		t.Fatal(err)
	}
	if c.Kafka.Partitions != 3 || c.Kafka.ClientID != "file" || c.Log.Level != "debug" || c.Deployment.BaseCurrency != "CNY" {
		t.Errorf("layers are wrong: %+v", c)
	}
	if want := []string{"b:1", "c:2"}; !reflect.DeepEqual(c.Kafka.Brokers, want) {
		t.Errorf("brokers %v, want %v", c.Kafka.Brokers, want)
	}
	if v, err := c.ClickHouse.Password.Read(); err != nil || v != "secret" {
		t.Errorf("password %q, %v", v, err)
	}
}

// A data directory brings its own configuration; a file that is named wins.
func TestADataDirectoryBringsItsConfiguration(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, FileInDataDir), []byte("deployment: {clock: demo}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	c, err := Load(Input{LookupEnv: env(), Set: []Setting{{"embedded.data_dir", dir}}})
	if err != nil || c.Deployment.Clock != "demo" || c.Kafka.Partitions != embeddedPartitions {
		t.Errorf("%v: clock %s, partitions %d", err, c.Deployment.Clock, c.Kafka.Partitions)
	}
	c, err = Load(Input{LookupEnv: env("TIERWATCH_EMBEDDED_DATA_DIR", dir), File: file(t, "")})
	if err != nil || c.Deployment.Clock != "wall" {
		t.Errorf("%v: clock %s", err, c.Deployment.Clock)
	}
}

func TestTheDeploymentsFieldsAreToldOneByOne(t *testing.T) {
	_, err := Load(Input{LookupEnv: env(), File: file(t, "deployment: {time_zone: Mars/X, base_currency: ABC, accounting_cut: \"25:00\"}\n")})
	for _, want := range []string{`deployment.time_zone "Mars/X"`, `deployment.base_currency "ABC"`, `deployment.accounting_cut "25:00"`} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v lacks %s", err, want)
		}
	}
}

func TestWords(t *testing.T) {
	var c struct {
		D Duration
		Y Days
		T ClockTime
		S Size
	}
	for _, tc := range []struct {
		into text
		good map[string]string // input and what it prints as
		bad  []string
	}{
		{&c.D, map[string]string{"90s": "1m30s", "0s": "0s"}, []string{"5", "-1s", "soon"}},
		{&c.Y, map[string]string{"2d": "2d", "0": "0d"}, []string{"-1d", "31d", "1w"}},
		{&c.T, map[string]string{"03:00": "03:00", "23:59": "23:59"}, []string{"24:00", "3", "3pm"}},
		{&c.S, map[string]string{"2GiB": "2GiB", "1024": "1KiB", "1536MiB": "1536MiB"}, []string{"2GB", "-1KiB", "9999999999GiB", "many"}},
	} {
		for in, want := range tc.good {
			if err := tc.into.parse(in); err != nil || tc.into.String() != want {
				t.Errorf("%T %q: %s, %v; want %s", tc.into, in, tc.into, err, want)
			}
		}
		for _, in := range tc.bad {
			if err := tc.into.parse(in); err == nil {
				t.Errorf("%T takes %q as %s", tc.into, in, tc.into)
			}
		}
	}
	if c.D = Duration(time.Minute); c.D.Of() != time.Minute {
		t.Error("a span is another in the standard library's type")
	}
}

func TestSecrets(t *testing.T) {
	path := file(t, "swordfish\r\n")
	if v, err := (Secret{File: path}).Read(); err != nil || v != "swordfish" {
		t.Errorf("from a file: %q, %v", v, err)
	}
	t.Setenv("TW_TEST_SECRET", "from env")
	if v, err := (Secret{Env: "TW_TEST_SECRET"}).Read(); err != nil || v != "from env" {
		t.Errorf("from the environment: %q, %v", v, err)
	}
	if _, err := (Secret{Env: "TW_TEST_NO_SUCH"}).Read(); err == nil || !strings.Contains(err.Error(), "TW_TEST_NO_SUCH") {
		t.Errorf("error %v: want the variable named", err)
	}
	if s := Literal("swordfish").String(); strings.Contains(s, "sword") {
		t.Errorf("a secret prints as %q", s)
	}
}

// Every setting can be set by environment, prints, and has a doc; what Show
// prints loads into the same configuration.
func TestEverySettingIsReachable(t *testing.T) {
	c := Default()
	leaves("", reflect.ValueOf(c).Elem(), func(path string, _ reflect.Value) {
		if strings.ToLower(path) != path {
			t.Errorf("%s is not in lower case", path)
		}
	})
	var docs func(v reflect.Type, path string)
	docs = func(v reflect.Type, path string) {
		for f := range v.Fields() {
			tag := f.Tag.Get("yaml")
			if tag == "" {
				continue
			}
			if f.Tag.Get("doc") == "" {
				t.Errorf("%s has no doc", join(path, tag))
			}
			if f.Type.Kind() == reflect.Struct && f.Type != reflect.TypeFor[Secret]() {
				docs(f.Type, join(path, tag))
			}
		}
	}
	docs(reflect.TypeFor[Config](), "")

	c.Ingest.Sources = []Source{{Name: "a", Topic: "b"}}
	c.Conductor.WaitFor = []string{"a"}
	c.Kafka.Brokers = []string{"x:1"}
	text, err := c.Show(ShowOptions{Docs: true})
	if err != nil {
		t.Fatal(err)
	}
	again, err := Load(Input{File: file(t, string(text)), LookupEnv: env()})
	if err != nil {
		t.Fatalf("what is shown cannot be read: %v\n%s", err, text)
	}
	again.places, c.places = nil, nil
	if !reflect.DeepEqual(c, again) {
		t.Errorf("what is shown reads as another configuration:\n%+v\n%+v", c, again)
	}
}

func FuzzLoad(f *testing.F) {
	f.Add("kafka: {brokers: [a:1]}")
	f.Add("kafka:\n  sasl: {password: {env: X}}\ningest: {sources: [{name: a}]}")
	f.Add("a: &a [*a]")
	f.Add("deployment: {time_zone: ../../etc/passwd}")
	dir := f.TempDir()
	f.Fuzz(func(t *testing.T, text string) {
		path := filepath.Join(dir, "c.yaml")
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		c, err := Load(Input{File: path, LookupEnv: env()})
		var all Problems
		if err != nil && !errors.As(err, &all) {
			t.Fatalf("an error that is no list of problems: %v", err)
		}
		if err == nil {
			if _, err := c.Show(ShowOptions{}); err != nil {
				t.Fatalf("what was read cannot be shown: %v", err)
			}
		}
	})
}

func TestTimeoutsHaveBounds(t *testing.T) {
	for text, want := range map[string]string{
		"kafka: {session_timeout: 500ms}\n":                          `kafka.session_timeout "500ms": must be 1s to 1h`,
		"fold: {transaction_timeout: 1h}\n":                          `fold.transaction_timeout "1h0m0s": must be 1s to 15m`,
		"fold: {transaction_timeout: 3s, commit_every: 2s}\n":        `fold.transaction_timeout "3s": must be at least twice fold.commit_every`,
		"fold: {transaction_timeout: 45s}\nkafka: {partitions: 0}\n": "kafka.partitions",
	} {
		_, err := Load(Input{LookupEnv: env(), File: file(t, text)})
		if err == nil || !strings.Contains(err.Error(), want) || strings.Count(err.Error(), "timeout") > strings.Count(want, "timeout") {
			t.Errorf("%q: error %v, want %s alone", text, err, want)
		}
	}
}
