module kindlab/web

go 1.24
