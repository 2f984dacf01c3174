package dataset

import "ssnn/internal/names"

// natural orders names as people count, and digits is how many digits a name begins with. They have
// names of their own here, as the names of files are called names in this package.
var (
	natural = names.Natural
	digits  = names.Digits
)
