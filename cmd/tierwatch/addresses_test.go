package main

import (
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// What was loaded is looked at with the command that the load names: it prints where
// ClickHouse is and who may read there, and closes no day.
func TestWhatWasLoadedCanBeQueried(t *testing.T) {
	b, want := newBank(t)
	data := filepath.Join(b.dir, "data")
	out, _ := b.run(0, "load", "--mapping", "core.yaml", "--policy", "policy.yaml", "--data-dir", data, "core.csv")
	_, command, found := strings.Cut(out, "to query it in ClickHouse: tierwatch ")
	if !found {
		t.Fatalf("the load names no command to query with:\n%s", out)
	}
	args := strings.Fields(command)
	if got := strings.Join(args, " "); got != "run --roles warehouse --data-dir "+data {
		t.Errorf("the load names %q", got)
	}
	d := start(t, append(args, "--set", "http.addr=127.0.0.1:0")...)
	d.await(`-d "SELECT …"`)
	said := strings.Join(d.tail, "\n")
	where := regexp.MustCompile(`ClickHouse native 127\.0\.0\.1:\d+ · HTTP (http://\S+) · (\S+) · password file (\S+)\nKafka 127\.0\.0\.1:\d+ · metrics http://127\.0\.0\.1:\d+/metrics\n`).FindStringSubmatch(said)
	if where == nil {
		t.Fatalf("the addresses are not told:\n%s", said)
	}
	password, err := os.ReadFile(where[3])
	if err != nil {
		t.Fatal(err)
	}
	query := func(sql string) string {
		t.Helper()
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, where[1]+"/?database=tierwatch", strings.NewReader(sql))
		if err != nil {
			t.Fatal(err)
		}
		req.SetBasicAuth(where[2], strings.TrimSpace(string(password)))
		res, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		defer res.Body.Close()
		text, err := io.ReadAll(res.Body)
		if err != nil || res.StatusCode != http.StatusOK {
			t.Fatalf("%s: %s, %v: %s", sql, res.Status, err, text)
		}
		return strings.TrimSpace(string(text))
	}
	if got := query("SELECT count() FROM events"); got != fmt.Sprint(want.accepted) {
		t.Errorf("%s events, want %d", got, want.accepted)
	}
	if got := query("SELECT max(day) FROM closes"); got != "2025-04-10" {
		t.Errorf("the last day closed is %s, want that of the history", got)
	}
	d.interrupt()
	if code := d.wait(); code != 0 {
		t.Errorf("exit code %d", code)
	}
}
