package main

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/tierwatch/tierwatch/deploy/embedded"
	"github.com/tierwatch/tierwatch/deploy/kafkatest"
)

// asProgram makes the test binary behave as tierwatch.
const asProgram = "TIERWATCH_TEST_AS_PROGRAM"

func TestMain(m *testing.M) {
	if handled, code := embedded.ChildMain(os.Args); handled {
		os.Exit(code)
	}
	if os.Getenv(asProgram) != "" {
		main()
	}
	testscript.Main(kafkatest.Stopping(m), map[string]func(){"tierwatch": main})
}

func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata/script",
		RequireExplicitExec: true,
		Cmds:                map[string]func(*testscript.TestScript, bool, []string){"exits": exits},
		Setup: func(env *testscript.Env) error {
			examples, err := os.Getwd()
			env.Setenv("EXAMPLES", examples+"/../../deploy/examples")
			if err == nil { // a file that is no text
				err = os.WriteFile(filepath.Join(env.WorkDir, "binary"), []byte("\x7fELF\x00\xff"), 0o600)
			}
			return err
		},
	})
}

// exits runs a program and wants its exit code: exits 2 tierwatch ….
func exits(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exits CODE PROGRAM ARGS...")
	}
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	got := 0
	if err := ts.Exec(args[1], args[2:]...); err != nil {
		var e *exec.ExitError
		if !errors.As(err, &e) {
			ts.Fatalf("run %v: %v", args[1:], err)
		}
		got = e.ExitCode()
	}
	if got != want {
		ts.Fatalf("%v exits with %d, want %d", args[1:], got, want)
	}
}
