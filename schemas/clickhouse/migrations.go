package clickhouse

import (
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"io/fs"
	"path"
	"regexp"
	"strconv"
	"strings"
)

//go:embed *.sql fragments/*.sql
var files embed.FS

// Migration is one numbered file.
type Migration struct {
	// Version is the file's number, from 1 without gaps.
	Version uint32
	// File is the file's name, for errors.
	File string
	// Checksum is the hex SHA-256 of the text with its fragments, before database
	// name and layout are put in: equal in every deployment.
	Checksum string
	// Statements are to be run in order.
	Statements []string
}

var (
	fileName = regexp.MustCompile(`^(\d{3})_[a-z0-9_]+\.sql$`)
	include  = regexp.MustCompile(`\$\{include:([a-z0-9_]+)\}`)
	database = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]{0,63}$`)
)

// Migrations returns every file in order, with db as the database's name and
// statements as layout l runs them. It fails on a name that is no plain identifier,
// on a layout that cannot be and on a damaged set of files.
func Migrations(db string, l Layout) ([]Migration, error) {
	if !database.MatchString(db) {
		return nil, fmt.Errorf("database name %q: use a letter or _ and then letters, digits or _, at most 64", db)
	}
	if err := l.Validate(); err != nil {
		return nil, err
	}
	names, err := fs.Glob(files, "*.sql")
	if err != nil {
		return nil, fmt.Errorf("list schema files: %w", err)
	}
	list := make([]Migration, 0, len(names))
	for _, name := range names {
		m, err := load(name, db, l)
		if err != nil {
			return nil, err
		}
		if int(m.Version) != len(list)+1 {
			return nil, fmt.Errorf("schema file %s: number %d expected, numbers run from 001 without gaps", name, len(list)+1)
		}
		list = append(list, m)
	}
	return list, nil
}

func load(name, db string, l Layout) (Migration, error) {
	parts := fileName.FindStringSubmatch(name)
	if parts == nil {
		return Migration{}, fmt.Errorf("schema file %s: name it NNN_words.sql", name)
	}
	version, err := strconv.ParseUint(parts[1], 10, 32)
	if err != nil {
		return Migration{}, fmt.Errorf("read number of schema file %s: %w", name, err)
	}
	text, err := expand(name)
	if err != nil {
		return Migration{}, err
	}
	sum := sha256.Sum256([]byte(text))
	m := Migration{Version: uint32(version), File: name, Checksum: hex.EncodeToString(sum[:])}
	for _, s := range split(strings.ReplaceAll(text, "${database}", "`"+db+"`")) {
		list, err := l.Statements(s)
		if err != nil {
			return Migration{}, fmt.Errorf("schema file %s: %w", name, err)
		}
		m.Statements = append(m.Statements, list...)
	}
	return m, nil
}

// expand reads a file and puts its fragments in; fragments include none.
func expand(name string) (string, error) {
	raw, err := files.ReadFile(name)
	if err != nil {
		return "", fmt.Errorf("read schema file %s: %w", name, err)
	}
	var missing error
	text := include.ReplaceAllStringFunc(string(raw), func(ref string) string {
		fragment, err := files.ReadFile(path.Join("fragments", include.FindStringSubmatch(ref)[1]+".sql"))
		if err != nil {
			missing = fmt.Errorf("schema file %s: include %s: %w", name, ref, err)
		}
		return strings.TrimSpace(string(fragment))
	})
	return text, missing
}

// split cuts text into statements at semicolons that end a line; comment lines
// before a statement are dropped, those inside it stay.
func split(text string) []string {
	var list []string
	var b strings.Builder
	for line := range strings.Lines(text) {
		trimmed := strings.TrimSpace(line)
		if b.Len() == 0 && (trimmed == "" || strings.HasPrefix(trimmed, "--")) {
			continue
		}
		b.WriteString(line)
		if strings.HasSuffix(trimmed, ";") {
			list = append(list, strings.TrimSuffix(strings.TrimSpace(b.String()), ";"))
			b.Reset()
		}
	}
	if rest := strings.TrimSpace(b.String()); rest != "" {
		list = append(list, rest)
	}
	return list
}
