syntax on
set background=dark mouse= encoding=utf-8
autocmd FileType yaml setlocal expandtab shiftwidth=2 softtabstop=2
