package letters

import (
	"slices"

	"github.com/tierwatch/tierwatch/sources/control"
)

// files are those that were loaded into the log.
type files struct{ table *control.Table }

// columns are those of the file that a letter is of (rule R167). Letters of an older
// program tell its name alone: then all files of the name must agree.
func (f files) columns(l *Letter) ([]string, error) {
	unknown := &errNoWay{"the columns of " + l.OriginName + " are not known: it was not loaded into this log"}
	if l.OriginSha256 != "" {
		if one := f.table.File(l.OriginSha256); len(one.GetHeader()) > 0 {
			return one.GetHeader(), nil
		}
		return nil, unknown
	}
	var found []string
	for _, one := range f.table.Files() {
		switch {
		case one.Name != l.OriginName || len(one.Header) == 0:
		case found == nil:
			found = one.Header
		case !slices.Equal(found, one.Header):
			return nil, &errNoWay{"files named " + l.OriginName + " with different columns were loaded: correct the row and load it as a file"}
		}
	}
	if found == nil {
		return nil, unknown
	}
	return found, nil
}

// number is that of the row in its file; 0 of what comes from a topic. Letters of an older
// program tell the line alone: before lines of the file, and no blank ones, are no rows.
func (f files) number(l *Letter, before int64) int64 {
	if l.OriginNumber != 0 {
		return l.OriginNumber
	}
	for _, one := range f.table.Files() {
		if one.Name == l.OriginName {
			return l.OriginPosition - before
		}
	}
	return 0
}
