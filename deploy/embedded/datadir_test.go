package embedded

import (
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

func openDataDir(t *testing.T, path string) *DataDir {
	t.Helper()
	d, err := OpenDataDir(path)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func TestDataDirForOneProcess(t *testing.T) {
	path := filepath.Join(t.TempDir(), "data")
	d := openDataDir(t, path)
	_, err := OpenDataDir(path)
	if !errors.Is(err, ErrInUse) || !strings.Contains(err.Error(), "process "+strconv.Itoa(os.Getpid())+":") {
		t.Errorf("error = %v, want ErrInUse that names process %d", err, os.Getpid())
	}
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	again := openDataDir(t, path)
	if err := again.Close(); err != nil {
		t.Fatal(err)
	}
}

func TestDataDirOfSomethingElseIsRefused(t *testing.T) {
	for name, want := range map[string]string{
		"": "", "tierwatch.yaml": "", "policy.yml": "", ".keep": "", "demo.json": "", "lock": "",
		"kafka": "(kafka)", "a b c d e": "(a, b, c, 2 more)",
	} {
		path := t.TempDir()
		for file := range strings.FieldsSeq(name) {
			if err := os.WriteFile(filepath.Join(path, file), nil, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		d, err := OpenDataDir(path)
		if want == "" {
			if err != nil {
				t.Errorf("with %q: %v", name, err)
			} else if err := d.Close(); err != nil {
				t.Error(err)
			}
			continue
		}
		if !errors.Is(err, ErrForeign) || !strings.Contains(err.Error(), want) {
			t.Errorf("with %q: error = %v, want ErrForeign with %s", name, err, want)
		}
		if _, err := os.Stat(filepath.Join(path, "lock")); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("with %q: a lock was left there", name)
		}
	}
}

func TestDataDirPublishesAddressesWithoutPasswords(t *testing.T) {
	d := openDataDir(t, t.TempDir())
	k := startKafka(t, KafkaOptions{DataDir: d.Kafka()})
	c := startClickHouse(t, ClickHouseOptions{DataDir: d.ClickHouse()})
	if err := d.Publish(k, c); err != nil {
		t.Fatal(err)
	}
	got, err := ReadEngines(d.Path())
	if err != nil {
		t.Fatal(err)
	}
	want := Engines{
		PID: os.Getpid(), Kafka: k.Addr(), ClickHouseNative: c.Addr(), ClickHouseHTTP: c.HTTPAddr(),
		ClickHouseDatabase: "tierwatch", ClickHouseUser: "tierwatch", ClickHouseAnalyst: "analyst",
		PasswordFile:    filepath.Join(d.ClickHouse(), "password"),
		AnalystPassword: filepath.Join(d.ClickHouse(), "analyst-password"),
	}
	if got != want {
		t.Errorf("engines = %+v, want %+v", got, want)
	}
	password, err := os.ReadFile(got.PasswordFile)
	if err != nil || strings.TrimSpace(string(password)) != c.Password() {
		t.Errorf("password file: %v, want the password of the application", err)
	}
	for _, file := range []string{got.PasswordFile, got.AnalystPassword, filepath.Join(d.Path(), "engines.json")} {
		if info, err := os.Stat(file); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s: %v, %v, want mode 0600", file, info, err)
		}
	}
	text, err := os.ReadFile(filepath.Join(d.Path(), "engines.json"))
	if err != nil || strings.Contains(string(text), c.Password()) || strings.Contains(string(text), c.AnalystPassword()) {
		t.Errorf("engines.json (%v) holds a password", err)
	}
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := ReadEngines(d.Path()); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("after Close: error = %v, want ErrNotExist", err)
	}
}
