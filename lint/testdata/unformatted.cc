// clang-format must refuse this.
int  f( int a ){return a;}
